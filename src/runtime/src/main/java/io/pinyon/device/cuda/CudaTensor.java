/* SPDX-License-Identifier: Apache-2.0 */
package io.pinyon.device.cuda;

import io.pinyon.device.Tensor;
import io.pinyon.device.support.Ownership;
import io.pinyon.device.support.Placed;
import io.pinyon.error.EngineException;

/** A float32 matrix in device memory; views share it. */
final class CudaTensor implements Placed {
    private final long address;
    private final int rows;
    private final int cols;
    private final Ownership ownership;
    private final boolean view;

    CudaTensor(long address, int rows, int cols, Ownership ownership) {
        this(address, rows, cols, ownership, false);
    }

    private CudaTensor(long address, int rows, int cols, Ownership ownership, boolean view) {
        this.address = address;
        this.rows = rows;
        this.cols = cols;
        this.ownership = ownership;
        this.view = view;
    }

    /** The tensor as one of this package; refuses tensors of other kinds of devices and closed ones. */
    static CudaTensor of(Tensor tensor) {
        if (tensor instanceof CudaTensor cuda) {
            cuda.ownership.requireOpen(cuda);
            return cuda;
        }
        throw new EngineException("PIN-OP-DEVICE",
                "a " + tensor.getClass().getSimpleName() + " was given to a cuda device",
                "allocate tensors on the device that uses them");
    }

    /** Device address of the first value. */
    long address() {
        return address;
    }

    /** Number of values. */
    long count() {
        return (long) rows * cols;
    }

    long bytes() {
        return 4 * count();
    }

    @Override
    public Ownership owner() {
        return ownership;
    }

    @Override
    public long start() {
        return address;
    }

    @Override
    public long end() {
        return address + bytes();
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
        return new CudaTensor(address + 4L * from * cols, to - from, cols, ownership, true);
    }

    @Override
    public Tensor reshape(int newRows, int newCols) {
        if (newRows < 0 || newCols < 1 || (long) newRows * newCols != count()) {
            throw new EngineException("PIN-OP-SHAPE", this + " as [" + newRows + ", " + newCols + "]",
                    "keep the number of values");
        }
        return new CudaTensor(address, newRows, newCols, ownership, true);
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
