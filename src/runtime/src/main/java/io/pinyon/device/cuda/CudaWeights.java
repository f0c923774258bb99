/* SPDX-License-Identifier: Apache-2.0 */
package io.pinyon.device.cuda;

import io.pinyon.device.WeightMatrix;
import io.pinyon.device.support.Ownership;
import io.pinyon.error.EngineException;
import io.pinyon.format.WeightFormat;

/**
 * A weight matrix in device memory, arranged as {@link WeightPlanes} says for its format: as many bytes as in the file.
 */
final class CudaWeights implements WeightMatrix {
    private final long address;
    private final int rows;
    private final int cols;
    private final WeightFormat format;
    private final long bytes;
    private final Ownership ownership;

    CudaWeights(long address, int rows, int cols, WeightFormat format, long bytes, Ownership ownership) {
        this.address = address;
        this.rows = rows;
        this.cols = cols;
        this.format = format;
        this.bytes = bytes;
        this.ownership = ownership;
    }

    /** The matrix as one of this package; refuses matrices of other kinds of devices and closed ones. */
    static CudaWeights of(WeightMatrix matrix) {
        if (matrix instanceof CudaWeights cuda) {
            cuda.ownership.requireOpen(cuda);
            return cuda;
        }
        throw new EngineException("PIN-OP-DEVICE",
                "a " + matrix.getClass().getSimpleName() + " was given to a cuda device",
                "load weights on the device that uses them");
    }

    /** Device address of the first plane. */
    long address() {
        return address;
    }

    /** Blocks of all rows. */
    long blocks() {
        return (long) rows * (cols / format.blockElements());
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
    public WeightFormat format() {
        return format;
    }

    @Override
    public long bytes() {
        return bytes;
    }

    @Override
    public void close() {
        ownership.close();
    }

    @Override
    public String toString() {
        return "[" + rows + ", " + cols + "] " + format.name();
    }
}
