/* SPDX-License-Identifier: Apache-2.0 */
package io.pinyon;

import java.util.List;
import java.util.Optional;
import java.util.function.Supplier;

import io.pinyon.device.Device;
import io.pinyon.device.DeviceOptions;
import io.pinyon.device.KvLayout;
import io.pinyon.device.KvTiers;
import io.pinyon.device.PageStore;
import io.pinyon.error.UsageException;
import io.pinyon.kv.Fingerprint;
import io.pinyon.kv.KvPool;
import io.pinyon.kv.place.PageFile;
import io.pinyon.kv.place.Placement;
import io.pinyon.memory.Bytes;
import io.pinyon.memory.Tier;

/**
 * Lets a model's pages lie elsewhere, once the first session wants that. One thread at a time; closed after the device,
 * because the device's pages are in the store.
 */
final class KvTierOpening implements AutoCloseable {
    private final DeviceOptions options;
    private final boolean storesPrefixes;
    private Optional<PageStore> store = Optional.empty();
    private boolean open;

    /**
     * @param storesPrefixes whether a page file is opened in any case, because it has prefixes of an earlier process
     */
    KvTierOpening(DeviceOptions options, boolean storesPrefixes) {
        this.options = options;
        this.storesPrefixes = storesPrefixes;
    }

    /**
     * Opens the tiers of a device if they are not open yet; nothing is opened for pages that stay.
     *
     * @param device always the same
     * @param layouts layouts of a session's pages
     * @param capacity most tokens of the session
     * @param pool hears of it
     * @param model whose pages these are
     * @throws UsageException {@code PIN-KV-NODISK} if the limits leave pages over and there is no page file,
     *     {@code PIN-KV-SLOT} if its slots, made for the first session, are too small
     */
    void open(Device device, List<KvLayout> layouts, Placement placement, int capacity, KvPool pool,
            Supplier<Fingerprint> model) {
        if (!placement.movable() && (!storesPrefixes || options.kvFile().isEmpty())) {
            return;
        }
        if (placement.movable()) {
            requireRoom(device, layouts, placement, capacity);
        }
        long pageBytes = layouts.stream().mapToLong(KvLayout::pageBytes).max().orElse(0);
        if (open) {
            store.filter(there -> there.slotBytes() < pageBytes).ifPresent(there -> {
                throw new UsageException("PIN-KV-SLOT", "pages of " + pageBytes + " bytes in a page file for pages of "
                        + there.slotBytes(), "open the session with the largest pages first, or give all the same");
            });
            return;
        }
        Optional<PageStore> opened = options.kvFile()
                .map(file -> PageFile.open(file, model.get().bytes(), pageBytes, options.budget().disk()));
        try {
            device.openTiers(new KvTiers(Math.max(options.groupBytes(), pageBytes), options.far(), opened));
        } catch (RuntimeException | Error e) {
            opened.ifPresent(PageStore::close);
            throw e;
        }
        store = opened;
        open = true;
        pool.opened(farthest(device));
        opened.ifPresent(found -> pool.reopen(found.found()));
    }

    private void requireRoom(Device device, List<KvLayout> layouts, Placement placement, int capacity) {
        if (options.kvFile().isPresent()) {
            return;
        }
        int pages = Math.ceilDiv(capacity, layouts.getFirst().pageTokens());
        long bytes = layouts.stream().mapToLong(KvLayout::pageBytes).sum();
        long room = (long) placement.device().pages(pages, bytes) + placement.host().pages(pages, bytes);
        if (room < pages) {
            throw new UsageException("PIN-KV-NODISK",
                    "the limits on %s leave %s of %s of keys and values over".formatted(
                            device.tier() == Tier.HOST ? "host memory" : "device and host memory",
                            Bytes.format((pages - room) * bytes), Bytes.format(pages * bytes)),
                    "give a file for pages on disk (--kv-file), or raise the limits");
        }
    }

    /** The farthest tier that a device's pages will be able to lie on once the tiers are open. */
    Tier farthest(Device device) {
        if (options.kvFile().isPresent()) {
            return Tier.DISK;
        }
        return device.tier() == Tier.DEVICE ? Tier.HOST : device.tier();
    }

    /** The page file, if one is open. */
    Optional<PageStore> store() {
        return store;
    }

    @Override
    public void close() {
        store.ifPresent(PageStore::close);
        store = Optional.empty();
    }
}
