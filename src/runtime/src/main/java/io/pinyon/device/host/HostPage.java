/* SPDX-License-Identifier: Apache-2.0 */
package io.pinyon.device.host;

import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;
import java.util.concurrent.atomic.AtomicBoolean;

import io.pinyon.device.KvPage;
import io.pinyon.error.EngineException;

/** A KV page outside the Java heap. */
public final class HostPage implements KvPage {
    private final Arena arena;
    private final MemorySegment segment;
    private final Runnable onClose;
    private final AtomicBoolean open = new AtomicBoolean(true);

    HostPage(Arena arena, MemorySegment segment, Runnable onClose) {
        this.arena = arena;
        this.segment = segment;
        this.onClose = onClose;
    }

    /** The page as one of this package; refuses pages of other devices. */
    public static HostPage of(KvPage page) {
        if (page instanceof HostPage host) {
            return host;
        }
        throw new EngineException("PIN-OP-DEVICE",
                "a " + page.getClass().getSimpleName() + " was given to a host device",
                "allocate pages on the device that uses them");
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
    public void close() {
        if (open.compareAndSet(true, false)) {
            arena.close();
            onClose.run();
        }
    }
}
