/* SPDX-License-Identifier: Apache-2.0 */
package io.pinyon.device.cuda;

import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;
import java.lang.reflect.InvocationTargetException;
import java.lang.reflect.Method;
import java.lang.reflect.Proxy;
import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.Deque;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.NavigableMap;
import java.util.Random;
import java.util.TreeMap;
import java.util.function.BooleanSupplier;

import io.pinyon.cuda.driver.CudaDriver;
import io.pinyon.cuda.driver.CudaException;
import io.pinyon.cuda.driver.CudaResult;
import io.pinyon.cuda.driver.DeviceMemory;

import static org.assertj.core.api.Assertions.assertThat;

/**
 * A driver without a GPU that runs what is put on its streams as late as it may and in an order drawn at random, so that
 * whatever an event should order and does not, is sooner or later done in the wrong order. Memory that was freed is gone;
 * new memory is full of rubbish.
 */
final class SimulatedGpu implements AutoCloseable {
    /** Something on a stream; it stays at the head until it is done. */
    private record Work(BooleanSupplier ready, Runnable action) {}

    /** An event: how often it was recorded and how many of these have happened. */
    private static final class Event {
        private long recorded;
        private long happened;
    }

    private static final long DEVICE_START = 1L << 50;

    private final Random random;
    private final boolean batches;
    private final Arena arena = Arena.ofShared();
    private final NavigableMap<Long, MemorySegment> allocations = new TreeMap<>();
    private final Map<Long, Deque<Work>> streams = new HashMap<>();
    private final Map<Long, Event> events = new HashMap<>();
    private long nextDevice = DEVICE_START;
    private long nextHandle = 1;
    private int copies;
    /** Most bytes of page-locked memory. */
    long hostLimit = Long.MAX_VALUE;
    private long locked;

    SimulatedGpu(Random random, boolean batches) {
        this.random = random;
        this.batches = batches;
    }

    /** As the interface; what is not simulated fails. */
    CudaDriver driver() {
        return (CudaDriver) Proxy.newProxyInstance(CudaDriver.class.getClassLoader(), new Class<?>[]{CudaDriver.class},
                (_, method, arguments) -> invoke(method, arguments));
    }

    private Object invoke(Method method, Object[] arguments) throws Throwable {
        try {
            Method own = SimulatedGpu.class.getDeclaredMethod(method.getName(), method.getParameterTypes());
            return own.invoke(this, arguments);
        } catch (NoSuchMethodException e) {
            throw new AssertionError("not simulated: " + method, e);
        } catch (InvocationTargetException e) {
            throw e.getCause();
        }
    }

    /** Calls for copies so far. */
    int copies() {
        return copies;
    }

    /** Puts work on a stream. */
    void enqueue(long stream, Runnable action) {
        enqueue(stream, () -> true, action);
    }

    private void enqueue(long stream, BooleanSupplier ready, Runnable action) {
        streams.get(stream).addLast(new Work(ready, action));
        boolean more = true;
        while (more && random.nextInt(4) == 0) {
            more = step();
        }
    }

    /** Does one thing of a stream drawn at random; false if there is nothing that can be done. */
    private boolean step() {
        List<Deque<Work>> able = new ArrayList<>();
        for (Deque<Work> stream : streams.values()) {
            if (!stream.isEmpty() && stream.getFirst().ready().getAsBoolean()) {
                able.add(stream);
            }
        }
        if (able.isEmpty()) {
            return false;
        }
        able.get(random.nextInt(able.size())).removeFirst().action().run();
        return true;
    }

    private void until(BooleanSupplier done) {
        while (!done.getAsBoolean()) {
            assertThat(step()).as("progress of the streams").isTrue();
        }
    }

    /** Memory of the device or page-locked memory. */
    MemorySegment at(long address, long bytes) {
        Map.Entry<Long, MemorySegment> allocation = allocations.floorEntry(address);
        assertThat(allocation).as("memory at %s", address).isNotNull();
        return allocation.getValue().asSlice(address - allocation.getKey(), bytes);
    }

    int intAt(long address) {
        return at(address, 4).get(ValueLayout.JAVA_INT, 0);
    }

    long longAt(long address) {
        return at(address, 8).get(ValueLayout.JAVA_LONG, 0);
    }

    // what follows is called by the name of the driver's method

    boolean supportsBatchCopies() {
        return batches;
    }

    int deviceAttribute(int device, int attribute) {
        return 8 + device * attribute;
    }

    String deviceName(int device) {
        return "a simulated GPU " + device;
    }

    long deviceMemory(int device) {
        return (long) (1 + device) << 36;
    }

    DeviceMemory memory() {
        return new DeviceMemory(1L << 36, 1L << 36);
    }

    long retainPrimaryContext(int device) {
        return 1L + device;
    }

    void releasePrimaryContext(int device) {
        assertThat(device).isZero();
    }

    void setCurrentContext(long context) {
        assertThat(context).isEqualTo(1);
    }

    void synchronizeContext() {
        until(() -> streams.values().stream().allMatch(Deque::isEmpty));
    }

    long allocate(long bytes) {
        long address = nextDevice;
        // allocations that follow each other without a gap show copies from one into the next
        nextDevice += bytes;
        allocations.put(address, arena.allocate(bytes, 256).fill((byte) 0xa5));
        return address;
    }

    void free(long address) {
        synchronizeContext();
        assertThat(allocations.remove(address)).as("allocation at %s", address).isNotNull();
    }

    MemorySegment allocateHost(long bytes, int flags) {
        assertThat(flags).isZero();
        if (locked + bytes > hostLimit) {
            throw new CudaException(CudaResult.OUT_OF_MEMORY, "CUDA_ERROR_OUT_OF_MEMORY", "simulated",
                    "cuMemHostAlloc");
        }
        locked += bytes;
        MemorySegment memory = arena.allocate(bytes, 256).fill((byte) 0x5a);
        allocations.put(memory.address(), memory);
        return memory;
    }

    void freeHost(MemorySegment memory) {
        locked -= memory.byteSize();
        assertThat(allocations.remove(memory.address())).as("host allocation").isNotNull();
    }

    void copyToDeviceAsync(long target, MemorySegment source, long stream) {
        copies++;
        enqueue(stream, () -> at(target, source.byteSize()).copyFrom(at(source.address(), source.byteSize())));
    }

    void copyToHostAsync(MemorySegment target, long source, long stream) {
        copies++;
        enqueue(stream, () -> at(target.address(), target.byteSize()).copyFrom(at(source, target.byteSize())));
    }

    void copyAsync(long target, long source, long bytes, long stream) {
        enqueue(stream, () -> at(target, bytes).copyFrom(at(source, bytes)));
    }

    void copyBatchAsync(long[] targets, long[] sources, long[] bytes, long stream) {
        assertThat(batches).isTrue();
        copies++;
        enqueue(stream, () -> {
            for (int i = 0; i < targets.length; i++) {
                at(targets[i], bytes[i]).copyFrom(at(sources[i], bytes[i]));
            }
        });
    }

    void fillAsync(long target, byte value, long bytes, long stream) {
        enqueue(stream, () -> at(target, bytes).fill(value));
    }

    long createStream(int flags, int priority) {
        assertThat(flags + priority).isEqualTo(1);
        streams.put(nextHandle, new ArrayDeque<>());
        return nextHandle++;
    }

    void destroyStream(long stream) {
        synchronizeStream(stream);
        streams.remove(stream);
    }

    void synchronizeStream(long stream) {
        until(() -> streams.get(stream).isEmpty());
    }

    void waitForEvent(long stream, long event) {
        Event awaited = events.get(event);
        long recorded = awaited.recorded;
        enqueue(stream, () -> awaited.happened >= recorded, () -> {});
    }

    long createEvent(int flags) {
        assertThat(flags).isEqualTo(2);
        events.put(nextHandle, new Event());
        return nextHandle++;
    }

    void destroyEvent(long event) {
        assertThat(events.remove(event)).isNotNull();
    }

    void recordEvent(long event, long stream) {
        Event recorded = events.get(event);
        long count = ++recorded.recorded;
        enqueue(stream, () -> recorded.happened = Math.max(recorded.happened, count));
    }

    void synchronizeEvent(long event) {
        Event awaited = events.get(event);
        long recorded = awaited.recorded;
        until(() -> awaited.happened >= recorded);
    }

    boolean eventHappened(long event) {
        return events.get(event).happened >= events.get(event).recorded;
    }

    @Override
    public void close() {
        assertThat(allocations).as("memory that was not freed").isEmpty();
        assertThat(streams).as("streams that were not destroyed").isEmpty();
        assertThat(events).as("events that were not destroyed").isEmpty();
        arena.close();
    }
}
