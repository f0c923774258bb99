/* SPDX-License-Identifier: Apache-2.0 */
package io.pinyon.device.cuda;

import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;
import java.util.List;
import java.util.Optional;
import java.util.OptionalLong;

import io.pinyon.device.Compute;
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
import io.pinyon.device.Recording;
import io.pinyon.device.Tensor;
import io.pinyon.device.WeightMatrix;
import io.pinyon.device.support.KvShapes;
import io.pinyon.error.DeviceException;
import io.pinyon.error.EngineException;
import io.pinyon.error.MemoryException;
import io.pinyon.error.UsageException;
import io.pinyon.format.TensorData;
import io.pinyon.memory.MemoryAccount;
import io.pinyon.memory.Purpose;
import io.pinyon.memory.Tier;
import org.jspecify.annotations.Nullable;

/** An NVIDIA GPU. */
final class CudaDevice implements Device {
    /** Page-locked memory for small values. */
    static final long RING_BYTES = 4L << 20;
    /** What products of many rows are computed in unless said otherwise. */
    static final Compute USUAL_COMPUTE = Compute.BF16;

    private final DeviceInfo info;
    private final Gpu gpu;
    private final CudaMemory memory;
    private final PinnedRing ring;
    private final CudaOps ops;
    private final CudaTiers tiers;
    private final long freeAtStart;
    private @Nullable WeightUpload upload;
    private boolean open = true;

    CudaDevice(DeviceInfo info, Gpu gpu, DeviceOptions options) {
        this.info = info;
        this.gpu = gpu;
        memory = new CudaMemory(gpu, info.id());
        memory.account().limit(options.budget(), Tier.DEVICE);
        try {
            freeAtStart = gpu.call(() -> gpu.driver().memory().free());
            ring = gpu.call(() -> new PinnedRing(gpu, memory.account(), RING_BYTES));
        } catch (RuntimeException e) {
            gpu.close();
            throw e;
        }
        tiers = new CudaTiers(gpu, memory, info.id());
        ops = new CudaOps(gpu, memory, options.compute().orElse(USUAL_COMPUTE));
    }

    @Override
    public DeviceInfo info() {
        return info;
    }

    @Override
    public Ops ops() {
        return ops;
    }

    @Override
    public MemoryAccount memory() {
        return memory.account();
    }

    @Override
    public OptionalLong freeBytes() {
        long free = gpu.call(() -> gpu.driver().memory().free());
        return OptionalLong.of(Math.min(free, memory.account().remaining(Tier.DEVICE).orElse(free)));
    }

    @Override
    public OptionalLong takenBytes() {
        return OptionalLong.of(gpu.call(() -> freeAtStart - gpu.driver().memory().free()));
    }

    @Override
    public Tensor allocate(int rows, int cols) {
        return tensor(rows, cols, Purpose.ACTIVATIONS);
    }

    private CudaTensor tensor(int rows, int cols, Purpose purpose) {
        if (rows < 0 || cols < 1) {
            throw new EngineException("PIN-OP-SHAPE", "a tensor [" + rows + ", " + cols + "]",
                    "ask for at least 0 rows and 1 column");
        }
        long count = (long) rows * cols;
        if (count > gpu.facts().memoryBytes() / Float.BYTES) {
            throw new MemoryException("PIN-MEMORY-TENSOR",
                    "a tensor [" + rows + ", " + cols + "] is larger than the memory of " + info.id(),
                    "use a smaller prefill chunk");
        }
        CudaMemory.Piece piece = memory.allocateZeros(purpose, Float.BYTES * count);
        return new CudaTensor(piece.address(), rows, cols, piece.ownership());
    }

    @Override
    public IntTensor allocateInts(int length) {
        if (length < 0) {
            throw new EngineException("PIN-OP-SHAPE", "a vector of " + length + " integers", "ask for at least 0");
        }
        CudaMemory.Piece piece = memory.allocateZeros(Purpose.ACTIVATIONS, 4L * length);
        return new CudaInts(piece.address(), length, piece.ownership());
    }

    @Override
    public Tensor upload(float[] values, int rows) {
        if (rows < 1 || values.length % rows != 0 || values.length == 0) {
            throw new EngineException("PIN-OP-SHAPE", "upload: " + values.length + " values in " + rows + " rows",
                    "the rows must divide the values");
        }
        CudaTensor tensor = tensor(rows, values.length / rows, Purpose.WEIGHTS);
        write(tensor, values);
        return tensor;
    }

    @Override
    public WeightMatrix load(TensorData data) {
        boolean matrix = data.shape().size() == 1 || data.shape().size() == 2;
        if (!matrix || data.rows() > Integer.MAX_VALUE || data.cols() > Integer.MAX_VALUE) {
            throw new DeviceException("PIN-DEVICE-SHAPE", "tensor " + data.name() + " has shape " + data.shape(),
                    "matrices have one or two dimensions below 2^31");
        }
        long bytes = data.rows() * data.format().bytes(data.cols());
        if (data.cols() % data.format().blockElements() != 0 || data.bytes().byteSize() != bytes) {
            throw new DeviceException("PIN-DEVICE-SHAPE", "tensor " + data.name() + " has shape " + data.shape()
                    + ", but " + data.bytes().byteSize() + " bytes of " + data.format().name(),
                    "check that the file is complete");
        }
        if (!ops.supports(data.format())) {
            throw new DeviceException("PIN-DEVICE-FORMAT",
                    "tensor " + data.name() + " is " + data.format().name() + ", for which " + info.id()
                            + " has no kernel",
                    "convert the model, or use --device cpu");
        }
        CudaMemory.Piece piece = memory.allocate(Purpose.WEIGHTS, bytes);
        var weights = new CudaWeights(piece.address(), (int) data.rows(), (int) data.cols(), data.format(), bytes,
                piece.ownership());
        try {
            gpu.run(() -> uploader().upload(data, weights));
            return weights;
        } catch (RuntimeException e) {
            weights.close();
            throw e;
        }
    }

    private WeightUpload uploader() {
        if (upload == null) {
            upload = new WeightUpload(gpu, memory, ops.planes(), memory.account());
        }
        return upload;
    }

    @Override
    public KvPage allocatePage(KvLayout layout) {
        CudaMemory.Piece piece = memory.allocate(Purpose.KV, layout.pageBytes());
        return new CudaPage(tiers, new CudaPage.OnDevice(piece), piece.bytes());
    }

    @Override
    public Tier tier() {
        return Tier.DEVICE;
    }

    @Override
    public void openTiers(KvTiers settings) {
        requireNotRecording("opening tiers");
        gpu.run(() -> tiers.open(settings));
    }

    @Override
    public void move(List<KvPage> pages, Tier target) {
        List<CudaPage> cuda = pages.stream().map(page -> CudaPage.of(page, tiers)).toList();
        requireNotRecording("moving KV pages");
        gpu.run(() -> tiers.move(cuda, target));
    }

    @Override
    public KvPage openPage(PageStore.Stored stored) {
        return gpu.call(() -> tiers.openPage(stored));
    }

    @Override
    public void read(KvPage source, MemorySegment target) {
        CudaPage page = CudaPage.of(source, tiers);
        KvShapes.image("read", page, target);
        requireNotRecording("reading a KV page");
        gpu.run(() -> {
            if (page.tier() == Tier.DEVICE) {
                copyOut(page.address(), target);
            } else {
                gpu.await();
                tiers.read(page, target);
            }
        });
    }

    @Override
    public void write(KvPage target, MemorySegment source) {
        CudaPage page = CudaPage.local("write", target);
        KvShapes.image("write", page, source);
        requireNotRecording("writing a KV page");
        gpu.run(() -> copyIn(source, page.address()));
    }

    @Override
    public void copyPage(KvPage source, KvPage target) {
        CudaPage from = CudaPage.local("copyPage", source);
        CudaPage to = CudaPage.local("copyPage", target);
        KvShapes.copy(from, to);
        requireNotRecording("copying a KV page");
        gpu.run(() -> gpu.driver().copyAsync(to.address(), from.address(), from.bytes(), gpu.stream()));
    }

    @Override
    public KvTable allocateKvTable(int layers, int maxRows) {
        if (layers < 1 || maxRows < 1) {
            throw new EngineException("PIN-OP-SHAPE", "a KV table of " + layers + " layers and " + maxRows + " rows",
                    "ask for at least one of each");
        }
        return gpu.call(() -> new DeviceKvTable(gpu, memory, ring, tiers, layers, maxRows));
    }

    @Override
    public void write(KvTable table, int rows, List<KvSpan> spans) {
        DeviceKvTable cuda = DeviceKvTable.of(table);
        cuda.requireOpenPages(spans);
        KvShapes.write(cuda, rows, spans, cuda.written());
        requireNotRecording("writing a KV table");
        gpu.run(() -> cuda.write(rows, spans));
    }

    @Override
    public void write(IntTensor target, int... values) {
        CudaInts ints = CudaInts.of(target);
        if (values.length > ints.length()) {
            throw new EngineException("PIN-OP-SHAPE", values.length + " values for " + ints.length() + " places",
                    "allocate a longer vector");
        }
        requireNotRecording("writing integers");
        gpu.run(() -> copyIn(MemorySegment.ofArray(values), ints.address()));
        ints.writtenByHost(values);
    }

    @Override
    public void write(Tensor target, float[] values) {
        CudaTensor tensor = CudaTensor.of(target);
        if (values.length != tensor.count()) {
            throw new EngineException("PIN-OP-SHAPE", values.length + " values for " + tensor,
                    "give exactly as many values");
        }
        requireNotRecording("writing a tensor");
        gpu.run(() -> copyIn(MemorySegment.ofArray(values), tensor.address()));
    }

    private void requireNotRecording(String what) {
        if (memory.isRecording()) {
            throw new EngineException("PIN-OP-RECORDING", what + " cannot be recorded", "write before recording");
        }
    }

    private void copyIn(MemorySegment source, long target) {
        for (long at = 0; at < source.byteSize(); at += ring.capacity()) {
            long bytes = Math.min(ring.capacity(), source.byteSize() - at);
            MemorySegment place = ring.place(bytes);
            MemorySegment.copy(source, at, place, 0, bytes);
            gpu.driver().copyToDeviceAsync(target + at, place, gpu.stream());
        }
    }

    @Override
    public void read(Tensor source, float[] target, int offset) {
        CudaTensor tensor = CudaTensor.of(source);
        if (offset < 0 || target.length - offset < tensor.count()) {
            throw new EngineException("PIN-OP-SHAPE",
                    "read: " + tensor + " into " + target.length + " places from " + offset + " on",
                    "give a longer array");
        }
        requireNotRecording("reading a tensor");
        gpu.run(() -> copyOut(tensor.address(),
                MemorySegment.ofArray(target).asSlice(4L * offset, tensor.bytes())));
    }

    @Override
    public void read(IntTensor source, int[] target) {
        CudaInts ints = CudaInts.of(source);
        if (target.length < ints.length()) {
            throw new EngineException("PIN-OP-SHAPE",
                    "read: " + ints.length() + " integers into " + target.length + " places", "give a longer array");
        }
        requireNotRecording("reading integers");
        gpu.run(() -> copyOut(ints.address(), MemorySegment.ofArray(target).asSlice(0, 4L * ints.length())));
    }

    private void copyOut(long source, MemorySegment target) {
        for (long at = 0; at < target.byteSize(); at += ring.capacity()) {
            long bytes = Math.min(ring.capacity(), target.byteSize() - at);
            MemorySegment place = ring.place(bytes);
            gpu.driver().copyToHostAsync(place, source + at, gpu.stream());
            gpu.await();
            MemorySegment.copy(place, ValueLayout.JAVA_BYTE, 0, target, ValueLayout.JAVA_BYTE, at, bytes);
        }
        if (target.byteSize() == 0) {
            gpu.await();
        }
    }

    @Override
    public Optional<Recording> record(Runnable work) {
        return Optional.of(GraphRecording.of(gpu, memory, work));
    }

    @Override
    public void close() {
        if (!open) {
            return;
        }
        int live = memory.live() - tiers.devicePieces() + tiers.livePages();
        if (live > 0) {
            throw new UsageException("PIN-DEVICE-BUSY", "device " + info.id() + " still has " + live + " allocations",
                    "close sessions and models before their device");
        }
        open = false;
        gpu.release(gpu::await);
        try {
            if (upload != null) {
                upload.close();
            }
            ring.close();
            tiers.close();
            memory.close();
        } finally {
            gpu.close();
        }
    }
}
