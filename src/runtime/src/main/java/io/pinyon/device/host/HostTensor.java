/* SPDX-License-Identifier: Apache-2.0 */
package io.pinyon.device.host;

import io.pinyon.device.Tensor;
import io.pinyon.device.support.Ownership;
import io.pinyon.device.support.Placed;
import io.pinyon.error.EngineException;

/** A matrix in a Java array; views share the array. */
public final class HostTensor implements Placed {
    private final float[] data;
    private final int offset;
    private final int rows;
    private final int cols;
    private final Ownership ownership;
    private final boolean view;

    HostTensor(float[] data, int rows, int cols, Ownership ownership) {
        this(data, 0, rows, cols, ownership, false);
    }

    private HostTensor(float[] data, int offset, int rows, int cols, Ownership ownership, boolean view) {
        this.data = data;
        this.offset = offset;
        this.rows = rows;
        this.cols = cols;
        this.ownership = ownership;
        this.view = view;
    }

    /** The tensor as one of this package; refuses tensors of other devices and closed ones. */
    public static HostTensor of(Tensor tensor) {
        if (tensor instanceof HostTensor host) {
            host.ownership.requireOpen(host);
            return host;
        }
        throw new EngineException("PIN-OP-DEVICE",
                "a " + tensor.getClass().getSimpleName() + " was given to a host device",
                "allocate tensors on the device that uses them");
    }

    /** The array that holds the values; row {@code r} starts at {@code offset() + r * cols()}. */
    public float[] data() {
        return data;
    }

    /** Index of the first value. */
    public int offset() {
        return offset;
    }

    /** Index of the first value of a row. */
    public int row(int row) {
        return offset + row * cols;
    }

    @Override
    public int rows() {
        return rows;
    }

    @Override
    public int cols() {
        return cols;
    }

    @Override
    public Tensor rows(int from, int to) {
        if (from < 0 || to < from || to > rows) {
            throw new EngineException("PIN-OP-SHAPE", "rows " + from + " to " + to + " of " + this,
                    "stay within the tensor");
        }
        return new HostTensor(data, offset + from * cols, to - from, cols, ownership, true);
    }

    @Override
    public Tensor reshape(int newRows, int newCols) {
        if (newRows < 0 || newCols < 1 || (long) newRows * newCols != (long) rows * cols) {
            throw new EngineException("PIN-OP-SHAPE", this + " as [" + newRows + ", " + newCols + "]",
                    "keep the number of values");
        }
        return new HostTensor(data, offset, newRows, newCols, ownership, true);
    }

    @Override
    public Ownership owner() {
        return ownership;
    }

    @Override
    public long start() {
        return offset;
    }

    @Override
    public long end() {
        return offset + (long) rows * cols;
    }

    @Override
    public void close() {
        if (!view) {
            ownership.close();
        }
    }

    @Override
    public String toString() {
        return "[" + rows + ", " + cols + "]";
    }
}
