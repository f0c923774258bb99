/* SPDX-License-Identifier: Apache-2.0 */
package io.pinyon.device.cuda;

import java.util.Optional;

import io.pinyon.device.IntTensor;
import io.pinyon.device.support.KnownInts;
import io.pinyon.device.support.Ownership;
import io.pinyon.error.EngineException;

/**
 * A vector of integers in device memory. What the host wrote last is remembered, so that ops can refuse bad indices
 * before they run; what a kernel wrote is unknown to the host.
 */
final class CudaInts implements KnownInts {
    private final long address;
    private final int length;
    private final int[] written;
    private final boolean[] known;
    private final Ownership ownership;
    private final boolean view;

    CudaInts(long address, int length, Ownership ownership) {
        this(address, length, new int[length], new boolean[]{true}, ownership, false);
    }

    private CudaInts(long address, int length, int[] written, boolean[] known, Ownership ownership, boolean view) {
        this.address = address;
        this.length = length;
        this.written = written;
        this.known = known;
        this.ownership = ownership;
        this.view = view;
    }

    /** The vector as one of this package; refuses vectors of other kinds of devices and closed ones. */
    static CudaInts of(IntTensor tensor) {
        if (tensor instanceof CudaInts cuda) {
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

    /** Says that a kernel will write it. */
    void writtenByKernel() {
        known[0] = false;
    }

    /** Says that the host writes its first values. */
    void writtenByHost(int[] values) {
        System.arraycopy(values, 0, written, 0, values.length);
        known[0] = known[0] || values.length == written.length;
    }

    @Override
    public Optional<int[]> known() {
        return known[0] ? Optional.of(written) : Optional.empty();
    }

    @Override
    public int length() {
        return length;
    }

    @Override
    public IntTensor prefix(int newLength) {
        if (newLength < 0 || newLength > length) {
            throw new EngineException("PIN-OP-SHAPE", "the first " + newLength + " of " + length + " integers",
                    "stay within the vector");
        }
        return new CudaInts(address, newLength, written, known, ownership, true);
    }

    @Override
    public void close() {
        if (!view) {
            ownership.close();
        }
    }

    @Override
    public String toString() {
        return "[" + length + "]";
    }
}
