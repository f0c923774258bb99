/* SPDX-License-Identifier: Apache-2.0 */
package io.pinyon.device.cpu;

import java.util.ArrayList;
import java.util.List;

import io.pinyon.memory.Lease;
import io.pinyon.memory.MemoryAccount;
import io.pinyon.memory.Purpose;
import io.pinyon.memory.Tier;

/** Arrays that ops compute in: they grow to what was asked for at most and are kept, and the account knows of them. */
final class Scratch implements AutoCloseable {
    /** One array; used by one thread at a time. */
    final class Buffer {
        private float[] values = {};

        /**
         * The array, with at least {@code length} values of undefined content.
         *
         * @throws io.pinyon.error.MemoryException if it must grow and the account has no room
         */
        float[] of(int length) {
            if (values.length < length) {
                grow(length);
            }
            return values;
        }

        private void grow(int length) {
            int rounded = (int) grown(values.length, length);
            book(4L * (rounded - values.length));
            values = new float[rounded];
        }
    }

    /** Values of an array of {@code present} values that must hold {@code length}. */
    static long grown(long present, long length) {
        return present >= length ? present : Math.max(length, Math.min(Integer.MAX_VALUE - 8L, 2 * present));
    }

    private final MemoryAccount account;
    private final List<Lease> leases = new ArrayList<>();

    Scratch(MemoryAccount account) {
        this.account = account;
    }

    /** A new array, empty at first. */
    Buffer buffer() {
        return new Buffer();
    }

    /** New arrays, one for each member of a team. */
    Buffer[] buffers(int members) {
        Buffer[] buffers = new Buffer[members];
        for (int i = 0; i < members; i++) {
            buffers[i] = buffer();
        }
        return buffers;
    }

    private synchronized void book(long bytes) {
        leases.add(account.reserve(Tier.HOST, Purpose.ACTIVATIONS, bytes));
    }

    /** Takes the arrays off the account; they must not be used any more. */
    @Override
    public synchronized void close() {
        leases.forEach(Lease::close);
        leases.clear();
    }
}
