/* SPDX-License-Identifier: Apache-2.0 */
package io.pinyon.model.weight;

import java.util.ArrayDeque;
import java.util.Deque;
import java.util.List;

import io.pinyon.device.Device;
import io.pinyon.device.IntTensor;
import io.pinyon.device.KvTable;
import io.pinyon.device.Tensor;
import io.pinyon.device.WeightMatrix;
import io.pinyon.format.FiniteCheck;
import io.pinyon.format.TensorData;
import io.pinyon.memory.ProgressListener;
import io.pinyon.model.config.DecoderConfig;

/** Brings the weights of a model to a device, and owns all that it brought or allocated there. */
public final class WeightLoader implements AutoCloseable {
    private final Checkpoint checkpoint;
    private final Device device;
    private final DecoderConfig config;
    private final ProgressListener listener;
    private final long total;
    private long done;
    private final Deque<Runnable> owned = new ArrayDeque<>();

    /**
     * @param checkpoint where the weights are
     * @param device where they go
     * @param config switches of the decoder
     * @param listener called once for each tensor that has come
     */
    public WeightLoader(Checkpoint checkpoint, Device device, DecoderConfig config, ProgressListener listener) {
        this.checkpoint = checkpoint;
        this.device = device;
        this.config = config;
        this.listener = listener;
        total = checkpoint.bytes();
    }

    /** The device. */
    public Device device() {
        return device;
    }

    /** The switches. */
    public DecoderConfig config() {
        return config;
    }

    /** A matrix {@code [rows, cols]}. */
    public WeightMatrix matrix(Role role, int layer, int rows, int cols) {
        return load(checkpoint.require(TensorSlot.matrix(role, layer, rows, cols)));
    }

    /**
     * Matrices that the file keeps one below the other.
     *
     * @param rows of each
     * @param cols of all
     */
    public List<WeightMatrix> matrices(Role role, int layer, List<Integer> rows, int cols) {
        int total = rows.stream().mapToInt(Integer::intValue).sum();
        TensorData all = checkpoint.require(TensorSlot.matrix(role, layer, total, cols));
        int[] from = {0};
        return rows.stream().map(count -> {
            from[0] += count;
            return load(all.slice(from[0] - count, from[0]));
        }).toList();
    }

    /** The factors of a norm, {@code [1, dim]}, with the offset that the family's files leave out. */
    public Tensor norm(Role role, int layer, int dim) {
        float[] factors = FiniteCheck.require(checkpoint.require(TensorSlot.vector(role, layer, dim))).toFloats();
        for (int i = 0; i < dim; i++) {
            factors[i] += config.norms().offset();
        }
        return own(device.upload(factors, 1));
    }

    /** A bias, {@code [1, dim]}. */
    public Tensor bias(Role role, int layer, int dim) {
        return biases(role, layer, List.of(dim)).getFirst();
    }

    /** Biases that the file keeps one behind the other. */
    public List<Tensor> biases(Role role, int layer, List<Integer> dims) {
        int total = dims.stream().mapToInt(Integer::intValue).sum();
        float[] all = FiniteCheck.require(checkpoint.require(TensorSlot.bias(role, layer, total))).toFloats();
        int[] from = {0};
        return dims.stream().map(dim -> {
            float[] part = new float[dim];
            System.arraycopy(all, from[0], part, 0, dim);
            from[0] += dim;
            return own(device.upload(part, 1));
        }).toList();
    }

    /** Working memory {@code [rows, cols]}. */
    public Tensor allocate(int rows, int cols) {
        return own(device.allocate(rows, cols));
    }

    /** Working memory for integers. */
    public IntTensor allocateInts(int length) {
        return own(device.allocateInts(length));
    }

    /** Block tables of all layers. */
    public KvTable allocateKvTable(int layers, int maxRows) {
        KvTable table = device.allocateKvTable(layers, maxRows);
        owned.push(table::close);
        return table;
    }

    private WeightMatrix load(TensorData data) {
        WeightMatrix matrix = own(device.load(data));
        done += data.bytes().byteSize();
        listener.onProgress(Math.min(done, total), total);
        return matrix;
    }

    private Tensor own(Tensor tensor) {
        owned.push(tensor::close);
        return tensor;
    }

    private IntTensor own(IntTensor ints) {
        owned.push(ints::close);
        return ints;
    }

    private WeightMatrix own(WeightMatrix matrix) {
        owned.push(matrix::close);
        return matrix;
    }

    /** Gives everything back, the last first; harmless when repeated. */
    @Override
    public void close() {
        while (!owned.isEmpty()) {
            owned.pop().run();
        }
    }
}
