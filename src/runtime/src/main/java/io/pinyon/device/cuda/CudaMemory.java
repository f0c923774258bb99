/* SPDX-License-Identifier: Apache-2.0 */
package io.pinyon.device.cuda;

import java.util.ArrayList;
import java.util.EnumMap;
import java.util.List;
import java.util.Map;
import java.util.concurrent.atomic.AtomicInteger;

import io.pinyon.cuda.driver.CudaException;
import io.pinyon.device.support.Ownership;
import io.pinyon.error.EngineException;
import io.pinyon.error.MemoryException;
import io.pinyon.error.UsageException;
import io.pinyon.memory.Bytes;
import io.pinyon.memory.Lease;
import io.pinyon.memory.MemoryAccount;
import io.pinyon.memory.Purpose;
import io.pinyon.memory.Tier;

/** Device memory with its books. */
final class CudaMemory implements Scratch, AutoCloseable {
    private record Buffer(long address, long bytes) {}

    /**
     * A booked piece of device memory.
     *
     * @param address where
     * @param bytes how many
     * @param ownership gives it back
     */
    record Piece(long address, long bytes, Ownership ownership) {}

    private final Gpu gpu;
    private final String id;
    private final MemoryAccount account = new MemoryAccount();
    private final DeviceHeap heap;
    private final Map<Use, Buffer> scratch = new EnumMap<>(Use.class);
    private final List<Buffer> departing = new ArrayList<>();
    private long departed;
    private boolean closingBehindCopies;
    private final List<Lease> keptUntilClosed = new ArrayList<>();
    private final AtomicInteger live = new AtomicInteger();
    private volatile boolean recording;
    private volatile boolean open = true;

    CudaMemory(Gpu gpu, String id) {
        this.gpu = gpu;
        this.id = id;
        heap = new DeviceHeap(gpu.driver()::allocate, gpu.driver()::free);
    }

    MemoryAccount account() {
        return account;
    }

    /** Pieces that are in use by others. */
    int live() {
        return live.get();
    }

    /** Bytes that the driver has allocated, with what is free between pieces. */
    long reserved() {
        return gpu.call(heap::reserved);
    }

    /** While ops are recorded nothing may be allocated: a recording would repeat it or lose it. */
    void recording(boolean now) {
        recording = now;
    }

    /** Whether ops are being recorded. */
    boolean isRecording() {
        return recording;
    }

    /** A piece for somebody who closes it, of undefined contents. */
    Piece allocate(Purpose purpose, long bytes) {
        return gpu.call(() -> {
            Lease lease = reserve(purpose, bytes);
            long address = heapAllocate(lease, purpose, bytes);
            live.incrementAndGet();
            return new Piece(address, bytes, new Ownership(() -> free(lease, address, bytes)));
        });
    }

    /** As {@link #allocate}, of zeros. */
    Piece allocateZeros(Purpose purpose, long bytes) {
        Piece piece = allocate(purpose, bytes);
        if (bytes > 0) {
            gpu.run(() -> gpu.driver().fillAsync(piece.address(), (byte) 0, bytes, gpu.stream()));
        }
        return piece;
    }

    private Lease reserve(Purpose purpose, long bytes) {
        if (!open) {
            throw new UsageException("PIN-DEVICE-CLOSED", "device " + id + " is closed", "open it again");
        }
        if (recording) {
            throw new EngineException("PIN-OP-RECORDING",
                    "an op that is being recorded needs " + Bytes.format(bytes) + " more memory for " + purpose,
                    "run the same ops once before recording them");
        }
        return account.reserve(Tier.DEVICE, purpose, bytes);
    }

    /**
     * Closes pieces that copies on another stream still read. They are handed out again when the copies are done, or, if
     * memory is wanted before, to ops that wait for them.
     *
     * @param event that the copies are done; the same one each time
     */
    void closeBehindCopies(List<Piece> pieces, long event) {
        departed = event;
        closingBehindCopies = true;
        try {
            pieces.forEach(piece -> piece.ownership().close());
        } finally {
            closingBehindCopies = false;
        }
    }

    /** Takes back what copies have read, waiting for them only if there is no room otherwise. */
    private void settle(long bytes) {
        if (departing.isEmpty()) {
            return;
        }
        if (!heap.hasRoom(bytes)) {
            gpu.driver().waitForEvent(gpu.stream(), departed);
        } else if (!gpu.driver().eventHappened(departed)) {
            return;
        }
        departing.forEach(piece -> heap.free(piece.address(), piece.bytes()));
        departing.clear();
    }

    /** Start of the driver's allocation that a piece belongs to. */
    long chunkOf(long address) {
        return heap.chunkOf(address);
    }

    private long heapAllocate(Lease lease, Purpose purpose, long bytes) {
        try {
            settle(bytes);
            return heap.allocate(bytes);
        } catch (CudaException e) {
            lease.close();
            if (!e.outOfMemory()) {
                throw e;
            }
            throw new MemoryException("PIN-MEMORY-DEVICE",
                    "%s for %s do not fit on %s: %s of %s are free, this device holds %s".formatted(
                            Bytes.format(bytes), purpose, id, Bytes.format(gpu.driver().memory().free()),
                            Bytes.format(gpu.facts().memoryBytes()), account.describe(Tier.DEVICE)),
                    "close other models, shorten the context, or choose a smaller model or KV format", e);
        }
    }

    private void free(Lease lease, long address, long bytes) {
        lease.close();
        live.decrementAndGet();
        gpu.release(() -> {
            if (closingBehindCopies) {
                departing.add(new Buffer(address, bytes));
            } else {
                heap.free(address, bytes);
            }
        });
    }

    @Override
    public long buffer(Use use, long bytes) {
        Buffer present = scratch.get(use);
        if (present != null && present.bytes() >= bytes) {
            return present.address();
        }
        long size = bufferBytes(present == null ? 0 : present.bytes(), bytes);
        // the smaller buffer stays, because a recording may use it for as long as the device lives
        Buffer buffer = new Buffer(keep(size), size);
        scratch.put(use, buffer);
        if (use == Use.COUNTERS) {
            gpu.driver().fillAsync(buffer.address(), (byte) 0, size, gpu.stream());
        }
        return buffer.address();
    }

    /** Size of a new buffer that holds {@code bytes} where one of {@code present} bytes is too small. */
    static long bufferBytes(long present, long bytes) {
        return DeviceHeap.rounded(Math.max(bytes, 2 * present));
    }

    private long keep(long bytes) {
        Lease lease = reserve(Purpose.STAGING, bytes);
        long address = heapAllocate(lease, Purpose.STAGING, bytes);
        keptUntilClosed.add(lease);
        return address;
    }

    /** Gives everything back to the driver. */
    @Override
    public void close() {
        open = false;
        keptUntilClosed.forEach(Lease::close);
        gpu.release(heap::close);
    }
}
