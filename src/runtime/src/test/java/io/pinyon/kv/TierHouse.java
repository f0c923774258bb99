/* SPDX-License-Identifier: Apache-2.0 */
package io.pinyon.kv;

import java.util.List;

import io.pinyon.device.Device;
import io.pinyon.device.KvPage;
import io.pinyon.device.PageStore.Stored;
import io.pinyon.memory.Tier;

/** A device whose tiers are open, and its store. */
public interface TierHouse extends AutoCloseable {
    Device device();

    /** What the store found when it was opened. */
    List<Stored> found();

    /** Makes a page on disk unreadable, if that can be done here. */
    boolean lose(KvPage page);

    /** What would be there if the process were killed now; this one is to be closed afterwards, and has nothing to do with it. */
    TierHouse afterCrash();

    @Override
    void close();

    /** With pages in memory that are booked on a tier, and a store in memory. */
    static TierHouse fake(Tier own, long ownBytes, long hostBytes, MemoryStore store) {
        FarDevice device = new FarDevice(own, store);
        device.memory().limit(own, ownBytes);
        if (own != Tier.HOST) {
            device.memory().limit(Tier.HOST, hostBytes);
        }
        return new TierHouse() {
            private final List<Stored> found = store.found();

            @Override
            public Device device() {
                return device;
            }

            @Override
            public List<Stored> found() {
                return found;
            }

            @Override
            public boolean lose(KvPage page) {
                return page.tier() == Tier.DISK && device.lose(page);
            }

            @Override
            public TierHouse afterCrash() {
                return fake(own, ownBytes, hostBytes, store.afterCrash());
            }

            @Override
            public void close() {
                device.close();
            }
        };
    }
}
