/* SPDX-License-Identifier: Apache-2.0 */
package io.pinyon.device.host;

import java.lang.foreign.MemorySegment;
import java.util.List;
import java.util.concurrent.atomic.AtomicBoolean;
import java.util.concurrent.atomic.AtomicInteger;

import io.pinyon.device.Device;
import io.pinyon.device.DeviceInfo;
import io.pinyon.device.DeviceOptions;
import io.pinyon.device.IntTensor;
import io.pinyon.device.KvLayout;
import io.pinyon.device.KvPage;
import io.pinyon.device.KvSpan;
import io.pinyon.device.KvTable;
import io.pinyon.device.KvTiers;
import io.pinyon.device.Ops;
import io.pinyon.device.PageStore;
import io.pinyon.device.Tensor;
import io.pinyon.device.WeightMatrix;
import io.pinyon.device.support.KvShapes;
import io.pinyon.device.support.Ownership;
import io.pinyon.error.DeviceException;
import io.pinyon.error.EngineException;
import io.pinyon.error.MemoryException;
import io.pinyon.error.UsageException;
import io.pinyon.format.TensorData;
import io.pinyon.memory.Bytes;
import io.pinyon.memory.Lease;
import io.pinyon.memory.MemoryAccount;
import io.pinyon.memory.Purpose;
import io.pinyon.memory.Tier;

/** Memory of a host device; what the ops compute with is up to the subclass. */
public abstract class HostDevice implements Device {
    private final DeviceInfo info;
    private final MemoryAccount memory = new MemoryAccount();
    private final AtomicInteger live = new AtomicInteger();
    private final AtomicBoolean open = new AtomicBoolean(true);
    private final HostPages pages;

    /**
     * @param info facts for people
     * @param options only the memory limit matters here
     */
    protected HostDevice(DeviceInfo info, DeviceOptions options) {
        this.info = info;
        this.pages = new HostPages(info.id(), memory, this::admit);
        options.memoryLimit().ifPresent(limit -> memory.limit(Tier.HOST, limit));
    }

    /** Stops what the subclass started; called once. */
    protected abstract void shutdown();

    @Override
    public abstract Ops ops();

    @Override
    public final DeviceInfo info() {
        return info;
    }

    @Override
    public final MemoryAccount memory() {
        return memory;
    }

    @Override
    public final Tensor allocate(int rows, int cols) {
        return tensor(rows, cols, Purpose.ACTIVATIONS);
    }

    @Override
    public final Tensor upload(float[] values, int rows) {
        if (rows < 1 || values.length % rows != 0) {
            throw new EngineException("PIN-OP-SHAPE", "upload: " + values.length + " values in " + rows + " rows",
                    "the rows must divide the values");
        }
        HostTensor tensor = tensor(rows, values.length / rows, Purpose.WEIGHTS);
        System.arraycopy(values, 0, tensor.data(), 0, values.length);
        return tensor;
    }

    private HostTensor tensor(int rows, int cols, Purpose purpose) {
        if (rows < 0 || cols < 1) {
            throw new EngineException("PIN-OP-SHAPE", "a tensor [" + rows + ", " + cols + "]",
                    "ask for at least 0 rows and 1 column");
        }
        long count = (long) rows * cols;
        if (count > Integer.MAX_VALUE - 8) {
            throw new MemoryException("PIN-MEMORY-TENSOR",
                    "a tensor [" + rows + ", " + cols + "] is too large for a Java array",
                    "use a smaller prefill chunk");
        }
        Lease lease = reserve(Tier.HOST, purpose, 4 * count);
        try {
            return new HostTensor(new float[(int) count], rows, cols, new Ownership(() -> release(lease)));
        } catch (OutOfMemoryError e) {
            throw heapExhausted(lease, purpose, e);
        }
    }

    @Override
    public final IntTensor allocateInts(int length) {
        if (length < 0) {
            throw new EngineException("PIN-OP-SHAPE", "a vector of " + length + " integers", "ask for at least 0");
        }
        Lease lease = reserve(Tier.HOST, Purpose.ACTIVATIONS, 4L * length);
        try {
            return new HostInts(new int[length], new Ownership(() -> release(lease)));
        } catch (OutOfMemoryError e) {
            throw heapExhausted(lease, Purpose.ACTIVATIONS, e);
        }
    }

    private MemoryException heapExhausted(Lease lease, Purpose purpose, OutOfMemoryError cause) {
        release(lease);
        return new MemoryException("PIN-MEMORY-HEAP",
                Bytes.format(lease.bytes()) + " for " + purpose + " do not fit in the Java heap",
                "start Java with a larger -Xmx", cause);
    }

    @Override
    public WeightMatrix load(TensorData data) {
        boolean matrix = data.shape().size() == 1 || data.shape().size() == 2;
        if (!matrix || data.rows() > Integer.MAX_VALUE || data.cols() > Integer.MAX_VALUE) {
            throw new DeviceException("PIN-DEVICE-SHAPE", "tensor " + data.name() + " has shape " + data.shape(),
                    "matrices have one or two dimensions below 2^31");
        }
        long rowBytes = data.format().bytes(data.cols());
        if (data.cols() % data.format().blockElements() != 0 || data.bytes().byteSize() != data.rows() * rowBytes) {
            throw new DeviceException("PIN-DEVICE-SHAPE", "tensor " + data.name() + " has shape " + data.shape()
                    + ", but " + data.bytes().byteSize() + " bytes of " + data.format().name(),
                    "check that the file is complete");
        }
        Lease lease = reserve(Tier.MAPPED, Purpose.WEIGHTS, data.bytes().byteSize());
        return new HostWeights(data, new Ownership(() -> release(lease)));
    }

    @Override
    public final KvPage allocatePage(KvLayout layout) {
        return pages.allocate(layout);
    }

    @Override
    public final Tier tier() {
        return Tier.HOST;
    }

    /** Pages may lie in the store besides; attention brings those of a whole layer to memory at once. */
    @Override
    public final void openTiers(KvTiers tiers) {
        pages.open(tiers);
    }

    @Override
    public final void move(List<KvPage> moving, Tier target) {
        pages.move(moving, target);
    }

    @Override
    public final KvPage openPage(PageStore.Stored stored) {
        return pages.open(stored);
    }

    @Override
    public final void read(KvPage source, MemorySegment target) {
        HostPage page = HostPage.of(source);
        KvShapes.image("read", page, target);
        page.read(target);
    }

    @Override
    public final void write(KvPage target, MemorySegment source) {
        HostPage page = HostPage.of(target);
        KvShapes.image("write", page, source);
        page.segment().copyFrom(source);
    }

    @Override
    public final void copyPage(KvPage source, KvPage target) {
        HostPage from = HostPage.of(source);
        HostPage to = HostPage.of(target);
        KvShapes.copy(from, to);
        to.segment().copyFrom(from.segment());
    }

    @Override
    public final KvTable allocateKvTable(int layers, int maxRows) {
        if (layers < 1 || maxRows < 1) {
            throw new EngineException("PIN-OP-SHAPE", "a KV table of " + layers + " layers and " + maxRows + " rows",
                    "ask for at least one of each");
        }
        // its few references are not worth booking, but the device is not closed before it
        Lease lease = reserve(Tier.HOST, Purpose.ACTIVATIONS, 0);
        return new HostKvTable(layers, maxRows, pages, () -> release(lease));
    }

    @Override
    public final void write(KvTable table, int rows, List<KvSpan> spans) {
        HostKvTable.of(table).write(rows, spans);
    }

    @Override
    public final void write(IntTensor target, int... values) {
        HostInts ints = HostInts.of(target);
        if (values.length > ints.length()) {
            throw new EngineException("PIN-OP-SHAPE", values.length + " values for " + ints.length() + " places",
                    "allocate a longer vector");
        }
        System.arraycopy(values, 0, ints.data(), 0, values.length);
    }

    @Override
    public final void write(Tensor target, float[] values) {
        HostTensor tensor = HostTensor.of(target);
        if (values.length != tensor.rows() * tensor.cols()) {
            throw new EngineException("PIN-OP-SHAPE", values.length + " values for " + tensor,
                    "give exactly as many values");
        }
        System.arraycopy(values, 0, tensor.data(), tensor.offset(), values.length);
    }

    @Override
    public final void read(Tensor source, float[] target, int offset) {
        HostTensor tensor = HostTensor.of(source);
        if (offset < 0 || target.length - offset < tensor.rows() * tensor.cols()) {
            throw new EngineException("PIN-OP-SHAPE",
                    "read: " + tensor + " into " + target.length + " places from " + offset + " on",
                    "give a longer array");
        }
        System.arraycopy(tensor.data(), tensor.offset(), target, offset, tensor.rows() * tensor.cols());
    }

    @Override
    public final void read(IntTensor source, int[] target) {
        HostInts ints = HostInts.of(source);
        if (target.length < ints.length()) {
            throw new EngineException("PIN-OP-SHAPE", "read: " + ints + " into " + target.length + " places",
                    "give a longer array");
        }
        System.arraycopy(ints.data(), 0, target, 0, ints.length());
    }

    @Override
    public final void close() {
        if (live.get() > 0 && open.get()) {
            throw new UsageException("PIN-DEVICE-BUSY",
                    "device " + info.id() + " still has " + live.get() + " allocations",
                    "close sessions and models before their device");
        }
        if (open.compareAndSet(true, false)) {
            pages.close();
            shutdown();
        }
    }

    /** Counts an allocation whose bytes are booked where they lie. */
    private Runnable admit() {
        Lease lease = reserve(Tier.HOST, Purpose.KV, 0);
        return () -> release(lease);
    }

    private Lease reserve(Tier tier, Purpose purpose, long bytes) {
        if (!open.get()) {
            throw new UsageException("PIN-DEVICE-CLOSED", "device " + info.id() + " is closed", "open it again");
        }
        Lease lease = memory.reserve(tier, purpose, bytes);
        live.incrementAndGet();
        return lease;
    }

    private void release(Lease lease) {
        lease.close();
        live.decrementAndGet();
    }
}
