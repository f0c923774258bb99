/* SPDX-License-Identifier: Apache-2.0 */
package io.pinyon.memory;

import java.util.concurrent.atomic.AtomicBoolean;

/** Proof that bytes are booked on a {@link MemoryAccount}; closing it a second time does nothing. */
public final class Lease implements AutoCloseable {
    private final MemoryAccount account;
    private final Tier tier;
    private final Purpose purpose;
    private final long bytes;
    private final AtomicBoolean open = new AtomicBoolean(true);

    Lease(MemoryAccount account, Tier tier, Purpose purpose, long bytes) {
        this.account = account;
        this.tier = tier;
        this.purpose = purpose;
        this.bytes = bytes;
    }

    /** The booked bytes. */
    public long bytes() {
        return bytes;
    }

    @Override
    public void close() {
        if (open.compareAndSet(true, false)) {
            account.release(tier, purpose, bytes);
        }
    }
}
