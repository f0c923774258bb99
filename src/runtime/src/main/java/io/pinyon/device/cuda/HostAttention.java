/* SPDX-License-Identifier: Apache-2.0 */
package io.pinyon.device.cuda;

import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;

import io.pinyon.device.AttentionPart;
import io.pinyon.device.AttentionSpec;
import io.pinyon.device.Device;
import io.pinyon.device.DeviceOptions;
import io.pinyon.device.Devices;
import io.pinyon.device.KvSpan;
import io.pinyon.device.KvTable;
import io.pinyon.device.Tensor;
import io.pinyon.error.DeviceException;
import io.pinyon.error.UsageException;
import io.pinyon.memory.Purpose;

/**
 * Attention to pages in page-locked memory by the host's own kernels, while the device attends to the others. Within
 * {@link Gpu#call}.
 *
 * <p>{@link #ask} sends the queries, then the device's rounds are issued, then {@link #answer} computes the host's part,
 * waits for the device's, and merges both on the host: few values, and neither waits for the other in between.
 */
final class HostAttention implements AutoCloseable {
    /** Most rows of a step for which it pays: the host has far fewer operations a second than the device. */
    static final int MAX_ROWS = 16;

    private final Gpu gpu;
    private final PinnedMemory pinned;
    private final CopyStreams streams;
    private final long asked;
    private final long found;
    private final Device cpu;
    private final KvTable table;
    private final List<PinnedMemory.Piece> staging = new ArrayList<>();
    private long bytesAttended;
    private double secondsAttended;

    /** Opens a host device of its own; {@code PIN-DEVICE-UNUSABLE} if it cannot. */
    HostAttention(Gpu gpu, PinnedMemory pinned, CopyStreams streams) {
        this.gpu = gpu;
        this.pinned = pinned;
        this.streams = streams;
        asked = streams.event();
        found = streams.event();
        cpu = open();
        table = cpu.allocateKvTable(1, MAX_ROWS);
    }

    private static Device open() {
        try {
            return Devices.open("cpu", DeviceOptions.defaults()).device();
        } catch (UsageException e) {
            throw new DeviceException("PIN-DEVICE-UNUSABLE", "attention in place needs the device cpu: " + e.problem(),
                    "let pages be fetched", e);
        }
    }

    /** Sends queries to the host. */
    void ask(CudaTensor queries, AttentionSpec spec) {
        reserve(spec);
        gpu.driver().copyToHostAsync(queriesOf(queries.rows(), spec), queries.address(), gpu.stream());
        gpu.driver().recordEvent(asked, gpu.stream());
    }

    /**
     * Attends to the pages in place and merges the rounds of the device.
     *
     * @param rounds whether there were any
     * @param sums device address of the running state
     * @param states likewise
     */
    void answer(FarLayer far, List<KvSpan> spans, CudaTensor out, AttentionSpec spec, boolean rounds, long sums,
            long states) {
        int rows = out.rows();
        if (rounds) {
            gpu.driver().copyToHostAsync(sumsOf(rows, spec), sums, gpu.stream());
            gpu.driver().copyToHostAsync(statesOf(rows, spec), states, gpu.stream());
        }
        gpu.driver().recordEvent(found, gpu.stream());
        gpu.driver().synchronizeEvent(asked);
        streams.awaitOut();
        List<PartMerge.Part> parts = spans.stream().map(span -> nothing(span.rowCount(), spec)).toList();
        long start = System.nanoTime();
        for (FarLayer.InPlace place : far.inPlace()) {
            attend(place, spans.get(place.span()), spec, parts.get(place.span()));
            bytesAttended += place.bytes();
        }
        secondsAttended += (System.nanoTime() - start) * 1e-9;
        gpu.driver().synchronizeEvent(found);
        for (int s = 0; s < spans.size(); s++) {
            merge(spans.get(s), spec, rounds, parts.get(s), out);
        }
    }

    private void attend(FarLayer.InPlace place, KvSpan span, AttentionSpec spec, PartMerge.Part part) {
        int rows = span.rowCount();
        try (Tensor queries = cpu.allocate(rows, spec.heads() * spec.keyDim());
                Tensor sums = cpu.allocate(rows, spec.heads() * spec.valueDim());
                Tensor states = cpu.allocate(rows, 2 * spec.heads())) {
            cpu.write(queries, floats(queriesOf(MAX_ROWS, spec), span.firstRow() * queries.cols(),
                    rows * queries.cols()));
            cpu.write(table, rows, List.of(new KvSpan(List.of(place.view()), 0, rows, span.firstPosition())));
            cpu.ops().attention(queries, table.layer(0), spec, place.from(), place.to(),
                    new AttentionPart(sums, states));
            cpu.read(sums, part.sums(), 0);
            cpu.read(states, part.states(), 0);
        }
    }

    private void merge(KvSpan span, AttentionSpec spec, boolean rounds, PartMerge.Part host, CudaTensor out) {
        int width = spec.heads() * spec.valueDim();
        int count = span.rowCount() * width;
        PartMerge.Part device = rounds
                ? new PartMerge.Part(floats(sumsOf(MAX_ROWS, spec), span.firstRow() * width, count),
                        floats(statesOf(MAX_ROWS, spec), span.firstRow() * 2 * spec.heads(),
                                span.rowCount() * 2 * spec.heads()))
                : nothing(span.rowCount(), spec);
        float[] merged = new float[count];
        PartMerge.merge(device, host, spec.valueDim(), merged);
        MemorySegment image = outOf(spec).asSlice(4L * span.firstRow() * width, 4L * count);
        MemorySegment.copy(merged, 0, image, ValueLayout.JAVA_FLOAT, 0, count);
        gpu.driver().copyToDeviceAsync(out.address() + 4L * span.firstRow() * width, image, gpu.stream());
    }

    private static PartMerge.Part nothing(int rows, AttentionSpec spec) {
        float[] states = new float[rows * spec.heads() * 2];
        for (int i = 0; i < states.length; i += 2) {
            states[i] = Float.NEGATIVE_INFINITY;
        }
        return new PartMerge.Part(new float[rows * spec.heads() * spec.valueDim()], states);
    }

    private static float[] floats(MemorySegment segment, int from, int count) {
        float[] values = new float[count];
        MemorySegment.copy(segment, ValueLayout.JAVA_FLOAT, 4L * from, values, 0, count);
        return values;
    }

    /** Page-locked memory for queries, sums, states and results of as many rows as there may be. */
    private void reserve(AttentionSpec spec) {
        long values = 4L * MAX_ROWS * spec.heads() * spec.valueDim();
        long[] sizes = {4L * MAX_ROWS * spec.heads() * spec.keyDim(), values, 8L * MAX_ROWS * spec.heads(), values};
        if (staging.isEmpty() || smaller(sizes)) {
            gpu.await();
            release();
            Arrays.stream(sizes).forEach(size -> staging.add(pinned.allocate(Purpose.STAGING, size)));
        }
    }

    private boolean smaller(long[] sizes) {
        for (int i = 0; i < sizes.length; i++) {
            if (staging.get(i).segment().byteSize() < sizes[i]) {
                return true;
            }
        }
        return false;
    }

    private MemorySegment queriesOf(int rows, AttentionSpec spec) {
        return staging.get(0).segment().asSlice(0, 4L * rows * spec.heads() * spec.keyDim());
    }

    private MemorySegment sumsOf(int rows, AttentionSpec spec) {
        return staging.get(1).segment().asSlice(0, 4L * rows * spec.heads() * spec.valueDim());
    }

    private MemorySegment statesOf(int rows, AttentionSpec spec) {
        return staging.get(2).segment().asSlice(0, 8L * rows * spec.heads());
    }

    private MemorySegment outOf(AttentionSpec spec) {
        return staging.get(3).segment().asSlice(0, 4L * MAX_ROWS * spec.heads() * spec.valueDim());
    }

    /** Page-locked pieces of its own. */
    int pieces() {
        return staging.size();
    }

    /** A way that knows how fast the host was since this was asked last. */
    FarWay measured(FarWay way) {
        FarWay result = bytesAttended == 0 ? way : way.measured(bytesAttended, secondsAttended);
        bytesAttended = 0;
        secondsAttended = 0;
        return result;
    }

    private void release() {
        staging.forEach(piece -> piece.ownership().close());
        staging.clear();
    }

    @Override
    public void close() {
        release();
        table.close();
        cpu.close();
    }
}
