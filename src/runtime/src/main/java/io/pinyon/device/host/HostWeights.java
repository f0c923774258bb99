/* SPDX-License-Identifier: Apache-2.0 */
package io.pinyon.device.host;

import java.lang.foreign.MemorySegment;

import io.pinyon.device.WeightMatrix;
import io.pinyon.device.support.Ownership;
import io.pinyon.error.EngineException;
import io.pinyon.format.TensorData;
import io.pinyon.format.WeightFormat;

/** A weight matrix read where the file maps it. */
public final class HostWeights implements WeightMatrix {
    private final TensorData data;
    private final int rows;
    private final int cols;
    private final long rowBytes;
    private final Ownership ownership;

    HostWeights(TensorData data, Ownership ownership) {
        this.data = data;
        this.rows = Math.toIntExact(data.rows());
        this.cols = Math.toIntExact(data.cols());
        this.rowBytes = data.format().bytes(cols);
        this.ownership = ownership;
    }

    /** The matrix as one of this package; refuses matrices of other devices and closed ones. */
    public static HostWeights of(WeightMatrix matrix) {
        if (matrix instanceof HostWeights host) {
            host.ownership.requireOpen(host);
            if (!host.segment().scope().isAlive()) {
                throw Ownership.closed("the file of " + host);
            }
            return host;
        }
        throw new EngineException("PIN-OP-DEVICE",
                "a " + matrix.getClass().getSimpleName() + " was given to a host device",
                "load weights on the device that uses them");
    }

    /** All rows, in the layout of {@link #format()}. */
    public MemorySegment segment() {
        return data.bytes();
    }

    /** Byte offset of a row. */
    public long rowOffset(int row) {
        return row * rowBytes;
    }

    /** The name in the file, for messages. */
    public String name() {
        return data.name();
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
        return data.format();
    }

    @Override
    public long bytes() {
        return data.bytes().byteSize();
    }

    @Override
    public void close() {
        ownership.close();
    }

    @Override
    public String toString() {
        return data.name() + " [" + rows + ", " + cols + "]";
    }
}
