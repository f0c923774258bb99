/* SPDX-License-Identifier: Apache-2.0 */
package io.pinyon.kv;

import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;
import java.util.ArrayList;
import java.util.List;

import io.pinyon.device.Device;
import io.pinyon.device.DeviceInfo;
import io.pinyon.device.DeviceOptions;
import io.pinyon.device.IntTensor;
import io.pinyon.device.KvLayout;
import io.pinyon.device.KvPage;
import io.pinyon.device.KvPageException;
import io.pinyon.device.KvSpan;
import io.pinyon.device.KvTable;
import io.pinyon.device.KvTiers;
import io.pinyon.device.KvView;
import io.pinyon.device.Ops;
import io.pinyon.device.PageStore;
import io.pinyon.device.Tensor;
import io.pinyon.device.WeightMatrix;
import io.pinyon.device.host.HostPage;
import io.pinyon.device.scalar.ScalarDevice;
import io.pinyon.error.EngineException;
import io.pinyon.error.UsageException;
import io.pinyon.format.TensorData;
import io.pinyon.memory.Lease;
import io.pinyon.memory.MemoryAccount;
import io.pinyon.memory.Purpose;
import io.pinyon.memory.Tier;

import static org.assertj.core.api.Assertions.assertThat;

/**
 * The scalar device with pages that may lie on other tiers: its own memory is that of the machine, or, to have three tiers,
 * is booked as if it were an accelerator's. Pages can be lost on purpose.
 */
public final class FarDevice implements Device {
    private final Device scalar = new ScalarDevice(DeviceOptions.defaults());
    private final MemoryAccount memory = new MemoryAccount();
    private final Tier own;
    private final MemoryStore store;
    private final List<FarPage> pages = new ArrayList<>();
    private int moves;
    private boolean losing;

    /** A device whose own memory is booked on a tier. */
    public FarDevice(Tier own, MemoryStore store) {
        this.own = own;
        this.store = store;
    }

    /** A page that may be anywhere. */
    private final class FarPage implements KvPage {
        private final long bytes;
        private MemorySegment memoryOf = MemorySegment.NULL;
        private Lease lease;
        private Tier tier;
        private int slot = -1;
        private byte[] label = {};
        private boolean lost;
        private boolean open = true;

        FarPage(long bytes, Tier tier, Lease lease) {
            this.bytes = bytes;
            this.tier = tier;
            this.lease = lease;
            pages.add(this);
        }

        private void allocate() {
            memoryOf = Arena.ofAuto().allocate(bytes, 64).fill((byte) 0x55);
        }

        private MemorySegment contents() {
            assertThat(open).as("page is open").isTrue();
            if (tier != Tier.DISK) {
                return memoryOf;
            }
            MemorySegment copy = Arena.ofAuto().allocate(bytes, 64);
            try {
                if (lost || losing) {
                    throw new EngineException("PIN-KV-CHECKSUM", "a page was lost on purpose", "none");
                }
                store.get(slot, copy);
                return copy;
            } catch (EngineException e) {
                throw new KvPageException(this, e);
            }
        }

        private void release() {
            if (tier == Tier.DISK) {
                store.free(slot);
            } else {
                memoryOf.fill((byte) 0x66);
            }
            lease.close();
        }

        @Override
        public long bytes() {
            return bytes;
        }

        @Override
        public Tier tier() {
            return tier;
        }

        @Override
        public void label(byte[] bytesOfLabel) {
            label = bytesOfLabel.clone();
        }

        @Override
        public void close() {
            if (open) {
                open = false;
                pages.remove(this);
                release();
            }
        }
    }

    private static FarPage of(KvPage page) {
        return (FarPage) page;
    }

    /** Makes a page unreadable, if it lies on disk. */
    public boolean lose(KvPage page) {
        of(page).lost = of(page).tier == Tier.DISK;
        return of(page).lost;
    }

    /** From now on no page on disk can be read, or those that are not lost can again. */
    public void loseAll(boolean all) {
        losing = all;
    }

    /** Calls of {@link #move} that moved anything. */
    public int moves() {
        return moves;
    }

    /** Pages that are open. */
    public int openPages() {
        return pages.size();
    }

    @Override
    public KvPage allocatePage(KvLayout layout) {
        FarPage page = new FarPage(layout.pageBytes(), own, memory.reserve(own, Purpose.KV, layout.pageBytes()));
        page.allocate();
        return page;
    }

    @Override
    public void openTiers(KvTiers tiers) {
        throw new UsageException("PIN-KV-TIERS", "always open", "none");
    }

    @Override
    public void move(List<KvPage> all, Tier target) {
        List<FarPage> moving = all.stream().map(FarDevice::of).filter(page -> page.tier != target).toList();
        List<Lease> leases = new ArrayList<>();
        List<Integer> slots = new ArrayList<>();
        List<MemorySegment> contents = new ArrayList<>();
        try {
            for (FarPage page : moving) {
                leases.add(memory.reserve(target, Purpose.KV, page.bytes));
                contents.add(page.contents());
                if (target == Tier.DISK) {
                    slots.add(store.put(contents.getLast(), page.label));
                }
            }
        } catch (RuntimeException e) {
            leases.forEach(Lease::close);
            slots.forEach(store::free);
            throw e;
        }
        for (int i = 0; i < moving.size(); i++) {
            FarPage page = moving.get(i);
            MemorySegment bytes = Arena.ofAuto().allocate(page.bytes).copyFrom(contents.get(i));
            page.release();
            page.lease = leases.get(i);
            page.tier = target;
            if (target == Tier.DISK) {
                page.slot = slots.get(i);
                page.lost = false;
            } else {
                page.allocate();
                page.memoryOf.copyFrom(bytes);
            }
        }
        moves += moving.isEmpty() ? 0 : 1;
    }

    @Override
    public KvPage openPage(PageStore.Stored stored) {
        FarPage page = new FarPage(stored.bytes(), Tier.DISK, memory.reserve(Tier.DISK, Purpose.KV, stored.bytes()));
        page.slot = stored.slot();
        byte[] label = new byte[stored.label().remaining()];
        stored.label().duplicate().get(label);
        page.label = label;
        return page;
    }

    @Override
    public void read(KvPage source, MemorySegment target) {
        target.copyFrom(of(source).contents());
    }

    @Override
    public void write(KvPage target, MemorySegment source) {
        near(of(target)).copyFrom(source);
    }

    @Override
    public void copyPage(KvPage source, KvPage target) {
        near(of(target)).copyFrom(near(of(source)));
    }

    private MemorySegment near(FarPage page) {
        if (page.tier != own) {
            throw new EngineException("PIN-OP-TIER", "a page to be written lies on " + page.tier, "none");
        }
        return page.contents();
    }

    /** A table over a host device's, which gets the pages as they are now. */
    private final class FarTable implements KvTable {
        private final KvTable table;
        private boolean local;

        FarTable(KvTable table) {
            this.table = table;
        }

        private void write(int rows, List<KvSpan> spans) {
            local = spans.stream().flatMap(span -> span.views().stream()).flatMap(view -> view.pages().stream())
                    .allMatch(page -> page.tier() == own);
            scalar.write(table, rows, spans.stream().map(this::here).toList());
        }

        private KvSpan here(KvSpan span) {
            return new KvSpan(span.views().stream().map(view -> {
                List<KvPage> here = new ArrayList<>();
                for (int i = 0; i < view.pages().size(); i++) {
                    int tokens = view.layout().pageTokens();
                    boolean written = (i + 1) * tokens > span.firstPosition()
                            && i * tokens < span.firstPosition() + span.rowCount();
                    FarPage page = of(view.pages().get(i));
                    here.add(HostPage.over(written ? near(page) : page.contents()));
                }
                return new KvView(view.layout(), here);
            }).toList(), span.firstRow(), span.rowCount(), span.firstPosition());
        }

        @Override
        public int layers() {
            return table.layers();
        }

        @Override
        public int maxRows() {
            return table.maxRows();
        }

        @Override
        public Layer layer(int index) {
            return table.layer(index);
        }

        @Override
        public boolean local() {
            return local;
        }

        @Override
        public void close() {
            table.close();
        }
    }

    @Override
    public KvTable allocateKvTable(int layers, int maxRows) {
        return new FarTable(scalar.allocateKvTable(layers, maxRows));
    }

    @Override
    public void write(KvTable table, int rows, List<KvSpan> spans) {
        ((FarTable) table).write(rows, spans);
    }

    @Override
    public DeviceInfo info() {
        return scalar.info();
    }

    @Override
    public Ops ops() {
        return scalar.ops();
    }

    /** Of pages only. */
    @Override
    public MemoryAccount memory() {
        return memory;
    }

    @Override
    public Tier tier() {
        return own;
    }

    @Override
    public Tensor allocate(int rows, int cols) {
        return scalar.allocate(rows, cols);
    }

    @Override
    public IntTensor allocateInts(int length) {
        return scalar.allocateInts(length);
    }

    @Override
    public Tensor upload(float[] values, int rows) {
        return scalar.upload(values, rows);
    }

    @Override
    public WeightMatrix load(TensorData data) {
        return scalar.load(data);
    }

    @Override
    public void write(IntTensor target, int... values) {
        scalar.write(target, values);
    }

    @Override
    public void write(Tensor target, float[] values) {
        scalar.write(target, values);
    }

    @Override
    public void read(Tensor source, float[] target, int offset) {
        scalar.read(source, target, offset);
    }

    @Override
    public void read(IntTensor source, int[] target) {
        scalar.read(source, target);
    }

    @Override
    public void close() {
        assertThat(pages).as("open pages").isEmpty();
        scalar.close();
    }
}
