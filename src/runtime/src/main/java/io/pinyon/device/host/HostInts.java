/* SPDX-License-Identifier: Apache-2.0 */
package io.pinyon.device.host;

import io.pinyon.device.IntTensor;
import io.pinyon.error.EngineException;

/** A vector of integers in a Java array; prefixes share the array. */
public final class HostInts implements IntTensor {
    private final int[] data;
    private final int length;

    HostInts(int[] data, int length) {
        this.data = data;
        this.length = length;
    }

    /** The vector as one of this package; refuses vectors of other devices. */
    public static HostInts of(IntTensor tensor) {
        if (tensor instanceof HostInts host) {
            return host;
        }
        throw new EngineException("PIN-OP-DEVICE",
                "a " + tensor.getClass().getSimpleName() + " was given to a host device",
                "allocate tensors on the device that uses them");
    }

    /** The array that holds the values, from index 0. */
    public int[] data() {
        return data;
    }

    @Override
    public int length() {
        return length;
    }

    @Override
    public IntTensor prefix(int newLength) {
        if (newLength < 0 || newLength > data.length) {
            throw new EngineException("PIN-OP-SHAPE", "the first " + newLength + " of " + data.length + " integers",
                    "stay within the vector");
        }
        return new HostInts(data, newLength);
    }

    @Override
    public void close() {}
}
