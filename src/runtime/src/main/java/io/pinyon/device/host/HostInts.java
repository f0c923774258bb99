/* SPDX-License-Identifier: Apache-2.0 */
package io.pinyon.device.host;

import java.util.Optional;

import io.pinyon.device.IntTensor;
import io.pinyon.device.support.KnownInts;
import io.pinyon.device.support.Ownership;
import io.pinyon.error.EngineException;

/** A vector of integers in a Java array; prefixes share the array. */
public final class HostInts implements KnownInts {
    private final int[] data;
    private final int length;
    private final Ownership ownership;
    private final boolean view;

    HostInts(int[] data, Ownership ownership) {
        this(data, data.length, ownership, false);
    }

    private HostInts(int[] data, int length, Ownership ownership, boolean view) {
        this.data = data;
        this.length = length;
        this.ownership = ownership;
        this.view = view;
    }

    /** The vector as one of this package; refuses vectors of other devices and closed ones. */
    public static HostInts of(IntTensor tensor) {
        if (tensor instanceof HostInts host) {
            host.ownership.requireOpen(host);
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
    public Optional<int[]> known() {
        return Optional.of(data);
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
        return new HostInts(data, newLength, ownership, true);
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
