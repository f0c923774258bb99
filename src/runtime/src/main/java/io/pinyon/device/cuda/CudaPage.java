/* SPDX-License-Identifier: Apache-2.0 */
package io.pinyon.device.cuda;

import io.pinyon.device.KvPage;
import io.pinyon.device.PageStore;
import io.pinyon.device.host.HostPage;
import io.pinyon.device.support.Ownership;
import io.pinyon.error.EngineException;
import io.pinyon.memory.Lease;
import io.pinyon.memory.Tier;

/** A KV page, wherever it lies. */
final class CudaPage implements KvPage {
    /** Where a page lies. */
    sealed interface Place {
        /** The tier that it is booked on. */
        Tier tier();

        /** Gives it back. */
        void close();
    }

    /** A piece of device memory. */
    record OnDevice(CudaMemory.Piece piece) implements Place {
        @Override
        public Tier tier() {
            return Tier.DEVICE;
        }

        @Override
        public void close() {
            piece.ownership().close();
        }
    }

    /**
     * A piece of page-locked memory.
     *
     * @param page the same as a page of host devices
     */
    record OnHost(PinnedMemory.Piece piece, HostPage page) implements Place {
        OnHost(PinnedMemory.Piece piece) {
            this(piece, HostPage.over(piece.segment()));
        }

        @Override
        public Tier tier() {
            return Tier.HOST;
        }

        @Override
        public void close() {
            page.close();
            piece.ownership().close();
        }
    }

    /**
     * A slot.
     *
     * @param idle waits until nobody reads it
     */
    record OnDisk(PageStore store, int slot, Lease lease, Runnable idle) implements Place {
        @Override
        public Tier tier() {
            return Tier.DISK;
        }

        @Override
        public void close() {
            idle.run();
            lease.close();
            store.free(slot);
        }
    }

    private final CudaTiers home;
    private final long bytes;
    private final Ownership ownership = new Ownership(this::release);
    private volatile Place place;
    private volatile long movedAt;
    private volatile byte[] label = {};

    /**
     * @param home who may move it
     */
    CudaPage(CudaTiers home, Place place, long bytes) {
        this.home = home;
        this.place = place;
        this.bytes = bytes;
    }

    /** The page as one of this package; refuses pages of other kinds of devices and closed ones. */
    static CudaPage of(KvPage page) {
        if (page instanceof CudaPage cuda) {
            cuda.ownership.requireOpen("a KV page");
            return cuda;
        }
        throw new EngineException("PIN-OP-DEVICE",
                "a " + page.getClass().getSimpleName() + " was given to a cuda device",
                "allocate pages on the device that uses them");
    }

    /** As {@link #of}; refuses pages of other cuda devices, too. */
    static CudaPage of(KvPage page, CudaTiers home) {
        CudaPage cuda = of(page);
        if (!cuda.home.equals(home)) {
            throw new EngineException("PIN-OP-DEVICE", "a KV page of another cuda device",
                    "allocate pages on the device that uses them");
        }
        return cuda;
    }

    /** As {@link #of}, of a page in device memory. */
    static CudaPage local(String op, KvPage page) {
        CudaPage cuda = of(page);
        if (!(cuda.place instanceof OnDevice)) {
            throw away(op, cuda.tier());
        }
        return cuda;
    }

    /** What an op throws that needs a page in device memory. */
    static EngineException away(String op, Tier tier) {
        return new EngineException("PIN-OP-TIER", op + ": a KV page lies on " + tier,
                "move it to the device first");
    }

    /** Device address of a page that lies there. */
    long address() {
        if (place instanceof OnDevice here) {
            return here.piece().address();
        }
        throw away("address", tier());
    }

    /** Where it lies. */
    Place place() {
        return place;
    }

    /** Says that it lies elsewhere now. */
    void moved(Place target) {
        place = target;
    }

    /** Says which of the moves of its device was its last. */
    void movedAt(long stamp) {
        movedAt = stamp;
    }

    /** Which of the moves of its device was its last. */
    long movedAt() {
        return movedAt;
    }

    private void release() {
        place.close();
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
    public void label(byte[] text) {
        label = text.clone();
    }

    /** What was last said about the page. */
    byte[] label() {
        return label.clone();
    }

    @Override
    public void close() {
        ownership.close();
    }
}
