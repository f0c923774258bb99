/* SPDX-License-Identifier: Apache-2.0 */
package io.pinyon.device.contract;

import java.lang.foreign.Arena;
import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.Deque;
import java.util.List;
import java.util.Random;

import io.pinyon.device.Compute;
import io.pinyon.device.Device;
import io.pinyon.device.IntTensor;
import io.pinyon.device.KvLayout;
import io.pinyon.device.KvPage;
import io.pinyon.device.KvSpan;
import io.pinyon.device.KvTable;
import io.pinyon.device.KvView;
import io.pinyon.device.Ops;
import io.pinyon.device.Tensor;
import io.pinyon.device.WeightMatrix;
import io.pinyon.format.TensorData;
import io.pinyon.format.WeightFormat;
import io.pinyon.memory.MemorySnapshot;
import io.pinyon.memory.Purpose;

import static org.assertj.core.api.Assertions.assertThat;

/** A device for one test and everything allocated on it; closing it checks that the device's books are even. */
public final class Lab implements AutoCloseable {
    private final Device device;
    private final Compute compute;
    private final Arena files = Arena.ofShared();
    private final Deque<Runnable> closing = new ArrayDeque<>();

    Lab(Device device, Compute compute) {
        this.device = device;
        this.compute = compute;
    }

    Device device() {
        return device;
    }

    /** What the device computes products of many rows in. */
    Compute compute() {
        return compute;
    }

    Ops ops() {
        return device.ops();
    }

    /** A tensor with these values; {@code rows} divides their number. */
    Tensor tensor(int rows, float... values) {
        Tensor tensor = device.upload(values, rows);
        closing.push(tensor::close);
        return tensor;
    }

    /** A tensor whose every value would be noticed if an op left it. */
    Tensor poisoned(int rows, int cols) {
        Tensor tensor = device.allocate(rows, cols);
        closing.push(tensor::close);
        float[] values = new float[rows * cols];
        Arrays.fill(values, Float.NaN);
        device.write(tensor, values);
        return tensor;
    }

    IntTensor ints(int... values) {
        IntTensor ints = device.allocateInts(values.length);
        closing.push(ints::close);
        device.write(ints, values);
        return ints;
    }

    WeightMatrix weights(TensorData data) {
        WeightMatrix matrix = device.load(data);
        closing.push(matrix::close);
        return matrix;
    }

    /** Random data in memory that lives as long as this. */
    TensorData data(WeightFormat format, int rows, int cols, Random random) {
        return Samples.matrix(files, format, rows, cols, random);
    }

    /** Given values in memory that lives as long as this. */
    TensorData data(WeightFormat format, int rows, float... values) {
        return Samples.encoded(files, format, rows, values);
    }

    KvView view(KvLayout layout, int entries) {
        List<KvPage> pages = new ArrayList<>();
        for (int i = 0; i * layout.pageTokens() < entries; i++) {
            KvPage page = device.allocatePage(layout);
            closing.push(page::close);
            pages.add(page);
        }
        return new KvView(layout, pages);
    }

    /** The only layer of a table that was written with these spans of a step of so many rows. */
    KvTable.Layer entries(int rows, List<KvSpan> spans) {
        KvTable table = device.allocateKvTable(1, rows);
        closing.push(table::close);
        device.write(table, rows, spans);
        return table.layer(0);
    }

    float[] read(Tensor tensor) {
        float[] values = new float[tensor.rows() * tensor.cols()];
        device.read(tensor, values, 0);
        return values;
    }

    int[] read(IntTensor ints) {
        int[] values = new int[ints.length()];
        device.read(ints, values);
        return values;
    }

    @Override
    public void close() {
        closing.forEach(Runnable::run);
        device.close();
        assertThat(device.memory().snapshot().items()).as("live bytes").allMatch(item -> item.bytes() == 0);
        files.close();
    }

    /** Bytes of what was handed out; what a device stages copies in is its own. */
    static long liveBytes(Device device) {
        return device.memory().snapshot().items().stream().filter(item -> item.purpose() != Purpose.STAGING)
                .mapToLong(MemorySnapshot.Item::bytes).sum();
    }
}
