/* SPDX-License-Identifier: Apache-2.0 */
package io.pinyon.device.host;

import java.lang.foreign.MemorySegment;

import io.pinyon.device.KvPage;
import io.pinyon.device.KvPageException;
import io.pinyon.device.PageStore;
import io.pinyon.device.support.Ownership;
import io.pinyon.error.EngineException;
import io.pinyon.memory.Tier;

/** A KV page outside the Java heap, or in a store. */
public final class HostPage implements KvPage {
    /** Where the bytes of a page are. */
    sealed interface Place {
        /** Gives it back; called once. */
        Runnable release();

        Tier tier();
    }

    /** In memory. */
    record InMemory(MemorySegment segment, Runnable release) implements Place {
        @Override
        public Tier tier() {
            return Tier.HOST;
        }
    }

    /** In a slot of a store. */
    record OnDisk(PageStore store, int slot, Runnable release) implements Place {
        @Override
        public Tier tier() {
            return Tier.DISK;
        }
    }

    private final Object home;
    private final long bytes;
    private final Ownership ownership;
    private volatile Place place;
    private volatile byte[] label = {};

    /**
     * @param home who may move the page
     * @param close called once, after the place was given back
     */
    HostPage(Object home, long bytes, Place place, Runnable close) {
        this.home = home;
        this.bytes = bytes;
        this.place = place;
        this.ownership = new Ownership(() -> {
            this.place.release().run();
            close.run();
        });
    }

    /** The page as one of this package; refuses pages of other devices and closed ones. */
    public static HostPage of(KvPage page) {
        if (page instanceof HostPage host) {
            host.ownership.requireOpen(host);
            return host;
        }
        throw foreign(page);
    }

    /** As {@link #of(KvPage)}; refuses pages of other homes, too. */
    static HostPage of(KvPage page, Object home) {
        HostPage host = of(page);
        if (!host.home.equals(home)) {
            throw foreign(page);
        }
        return host;
    }

    private static EngineException foreign(KvPage page) {
        return new EngineException("PIN-OP-DEVICE",
                "a " + page.getClass().getSimpleName() + " of another device was given to a host device",
                "allocate pages on the device that uses them");
    }

    /**
     * A page over memory that belongs to somebody else, such as the page-locked memory of an accelerator. It does not move.
     *
     * @param segment outside the Java heap; outlives the page
     */
    public static HostPage over(MemorySegment segment) {
        return new HostPage(segment, segment.byteSize(), new InMemory(segment, () -> {}), () -> {});
    }

    /**
     * The page's bytes; access fails once the page is closed or has been moved.
     *
     * @throws EngineException {@code PIN-OP-TIER} if they are not in memory
     */
    public MemorySegment segment() {
        if (place instanceof InMemory memory) {
            return memory.segment();
        }
        throw new EngineException("PIN-OP-TIER", this + " on " + tier() + " was given to an op that needs it in memory",
                "move it back first");
    }

    Place place() {
        return place;
    }

    /** Says that the bytes are elsewhere now, and gives the old place back. */
    void moveTo(Place target) {
        Place old = place;
        place = target;
        old.release().run();
    }

    /**
     * Copies the bytes from wherever they are.
     *
     * @throws KvPageException if they are lost
     */
    void read(MemorySegment target) {
        switch (place) {
            case InMemory memory -> target.copyFrom(memory.segment());
            case OnDisk disk -> {
                try {
                    disk.store().get(disk.slot(), target);
                } catch (EngineException e) {
                    throw new KvPageException(this, e);
                }
            }
        }
    }

    @Override
    public long bytes() {
        return bytes;
    }

    @Override
    public Tier tier() {
        return place.tier();
    }

    @Override
    public void label(byte[] given) {
        if (given.length > PageStore.LABEL_BYTES) {
            throw new EngineException("PIN-KV-SLOT", "a label of " + given.length + " bytes",
                    "keep labels to " + PageStore.LABEL_BYTES);
        }
        label = given.clone();
    }

    /** What was last said about the page. */
    byte[] label() {
        return label.clone();
    }

    @Override
    public void close() {
        ownership.close();
    }

    @Override
    public String toString() {
        return "a KV page of " + bytes + " bytes";
    }
}
