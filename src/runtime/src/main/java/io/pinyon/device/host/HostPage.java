/* SPDX-License-Identifier: Apache-2.0 */
package io.pinyon.device.host;

import java.lang.foreign.MemorySegment;

import io.pinyon.device.KvPage;
import io.pinyon.device.support.Ownership;
import io.pinyon.error.EngineException;
import io.pinyon.memory.Tier;

/** A KV page outside the Java heap. */
public final class HostPage implements KvPage {
    private final MemorySegment segment;
    private final Ownership ownership;
    private byte[] label = {};

    HostPage(MemorySegment segment, Ownership ownership) {
        this.segment = segment;
        this.ownership = ownership;
    }

    /** The page as one of this package; refuses pages of other devices and closed ones. */
    public static HostPage of(KvPage page) {
        if (page instanceof HostPage host) {
            host.ownership.requireOpen(host);
            return host;
        }
        throw new EngineException("PIN-OP-DEVICE",
                "a " + page.getClass().getSimpleName() + " was given to a host device",
                "allocate pages on the device that uses them");
    }

    /**
     * A page over memory that belongs to somebody else, such as the page-locked memory of an accelerator.
     *
     * @param segment outside the Java heap; outlives the page
     */
    public static HostPage over(MemorySegment segment) {
        return new HostPage(segment, new Ownership(() -> {}));
    }

    /** The page's bytes; access fails once the page is closed. */
    public MemorySegment segment() {
        return segment;
    }

    @Override
    public long bytes() {
        return segment.byteSize();
    }

    @Override
    public Tier tier() {
        return Tier.HOST;
    }

    @Override
    public void label(byte[] bytes) {
        label = bytes.clone();
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
        return "a KV page of " + bytes() + " bytes";
    }
}
