/* SPDX-License-Identifier: Apache-2.0 */
package io.pinyon.device.cuda;

import java.lang.foreign.MemorySegment;
import java.util.stream.IntStream;

import io.pinyon.format.TensorData;
import io.pinyon.format.WeightFormat;
import io.pinyon.memory.Lease;
import io.pinyon.memory.MemoryAccount;
import io.pinyon.memory.Purpose;
import io.pinyon.memory.Tier;

/**
 * Brings weights from a mapped file to the device: several threads fill one page-locked buffer while the copy engine
 * empties the other, and a kernel takes the blocks apart where their format wants that.
 */
final class WeightUpload implements AutoCloseable {
    private static final long PIECE = 16L << 20;
    /** Bytes of both page-locked buffers. */
    static final long PINNED_BYTES = 2 * PIECE;
    private static final long THREAD_PIECE = 2L << 20;
    private static final int NO_TIMING = 2;

    /** A page-locked buffer and the event after which it may be filled again. */
    private record Stage(MemorySegment memory, long emptied) {}

    private final Gpu gpu;
    private final Scratch scratch;
    private final PlaneKernels planes;
    private final Lease lease;
    private final Stage[] stages;
    private int turn;

    /** Within {@link Gpu#call}. */
    WeightUpload(Gpu gpu, Scratch scratch, PlaneKernels planes, MemoryAccount account) {
        this.gpu = gpu;
        this.scratch = scratch;
        this.planes = planes;
        lease = account.reserve(Tier.HOST, Purpose.STAGING, PINNED_BYTES);
        stages = new Stage[]{stage(), stage()};
    }

    private Stage stage() {
        return new Stage(gpu.driver().allocateHost(PIECE, 0), gpu.driver().createEvent(NO_TIMING));
    }

    /** Copies a whole matrix; within {@link Gpu#call}. The file is read before this returns, the device not yet done. */
    void upload(TensorData data, CudaWeights target) {
        WeightFormat format = data.format();
        WeightPlanes layout = WeightPlanes.of(format);
        long total = data.bytes().byteSize();
        long piece = piece(format);
        long raw = reserve(scratch, format, total);
        for (long at = 0; at < total; at += piece) {
            long bytes = Math.min(piece, total - at);
            Stage stage = stages[turn ^= 1];
            gpu.driver().synchronizeEvent(stage.emptied());
            fill(stage.memory(), data.bytes().asSlice(at, bytes));
            long destination = layout.asInFile() ? target.address() + at : raw;
            gpu.driver().copyToDeviceAsync(destination, stage.memory().asSlice(0, bytes), gpu.stream());
            gpu.driver().recordEvent(stage.emptied(), gpu.stream());
            if (!layout.asInFile()) {
                planes.arrange(format, raw, at / format.blockBytes(), bytes / format.blockBytes(), target);
            }
        }
    }

    /** The buffer in which blocks of a matrix wait to be taken apart; 0 if they stay as they are. */
    static long reserve(Scratch scratch, WeightFormat format, long matrixBytes) {
        return WeightPlanes.of(format).asInFile()
                ? 0
                : scratch.buffer(Scratch.Use.UPLOAD, Math.min(piece(format), matrixBytes));
    }

    private static long piece(WeightFormat format) {
        return PIECE / format.blockBytes() * format.blockBytes();
    }

    private static void fill(MemorySegment target, MemorySegment source) {
        int parts = (int) Math.ceilDiv(source.byteSize(), THREAD_PIECE);
        IntStream.range(0, parts).parallel().forEach(part -> {
            long from = part * THREAD_PIECE;
            long bytes = Math.min(THREAD_PIECE, source.byteSize() - from);
            MemorySegment.copy(source, from, target, from, bytes);
        });
    }

    @Override
    public void close() {
        lease.close();
        gpu.release(() -> {
            gpu.await();
            for (Stage stage : stages) {
                gpu.driver().freeHost(stage.memory());
                gpu.driver().destroyEvent(stage.emptied());
            }
        });
    }
}
