/* SPDX-License-Identifier: Apache-2.0 */
package io.pinyon.cuda.ffm;

import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;
import java.lang.foreign.SymbolLookup;
import java.nio.charset.StandardCharsets;

import io.pinyon.cuda.driver.CudaDriver;
import io.pinyon.cuda.driver.CudaException;
import io.pinyon.cuda.driver.CudaResult;
import io.pinyon.cuda.driver.DeviceMemory;
import io.pinyon.cuda.driver.LaunchShape;
import io.pinyon.cuda.driver.TensorMapShape;

import static io.pinyon.cuda.driver.CudaResult.SUCCESS;

/** The driver's functions, called directly. Has no state of its own but the addresses of the functions. */
final class FfmCudaDriver implements CudaDriver {
    private static final int NAME_BYTES = 256;

    private final Downcalls calls;
    private final Launches launches;

    /** Over a library that was loaded; the driver still has to be {@linkplain #initialize initialised}. */
    FfmCudaDriver(SymbolLookup library) {
        calls = new Downcalls(new Symbols(library));
        launches = new Launches(calls);
    }

    /** Initialises the driver for this process; may be done again. */
    void initialize() {
        calls.run(Call.INIT, 0);
    }

    @Override
    public String bridge() {
        return FfmCudaDriverProvider.NAME;
    }

    @Override
    public int driverVersion() {
        Scratch scratch = Scratch.get();
        calls.runCritical(Call.DRIVER_VERSION, scratch.output(0));
        return scratch.integer();
    }

    @Override
    public boolean supportsLaunchAttributes() {
        return calls.has(Call.LAUNCH_EXTENDED);
    }

    @Override
    public boolean supportsTensorMaps() {
        return calls.has(Call.TENSOR_MAP_ENCODE);
    }

    @Override
    public boolean supportsBatchCopies() {
        return calls.has(Call.COPY_BATCH) || calls.has(Call.COPY_BATCH_INDEXED);
    }

    @Override
    public int deviceCount() {
        Scratch scratch = Scratch.get();
        calls.run(Call.DEVICE_COUNT, scratch.output(0));
        return scratch.integer();
    }

    private int handle(int device) {
        Scratch scratch = Scratch.get();
        calls.run(Call.DEVICE, scratch.output(0), device);
        return scratch.integer();
    }

    @Override
    public String deviceName(int device) {
        int handle = handle(device);
        MemorySegment name = Scratch.get().room(NAME_BYTES);
        calls.run(Call.DEVICE_NAME, name.address(), NAME_BYTES, handle);
        return name.getString(0);
    }

    @Override
    public long deviceMemory(int device) {
        Scratch scratch = Scratch.get();
        calls.run(Call.DEVICE_MEMORY, scratch.output(0), handle(device));
        return scratch.wide(0);
    }

    @Override
    public int deviceAttribute(int device, int attribute) {
        Scratch scratch = Scratch.get();
        calls.run(Call.DEVICE_ATTRIBUTE, scratch.output(0), attribute, handle(device));
        return scratch.integer();
    }

    @Override
    public long retainPrimaryContext(int device) {
        Scratch scratch = Scratch.get();
        calls.run(Call.CONTEXT_RETAIN, scratch.output(0), handle(device));
        return scratch.wide(0);
    }

    @Override
    public void releasePrimaryContext(int device) {
        calls.run(Call.CONTEXT_RELEASE, handle(device));
    }

    @Override
    public void resetPrimaryContext(int device) {
        calls.run(Call.CONTEXT_RESET, handle(device));
    }

    @Override
    public void setCurrentContext(long context) {
        calls.run(Call.CONTEXT_SET, context);
    }

    @Override
    public long currentContext() {
        Scratch scratch = Scratch.get();
        calls.runCritical(Call.CONTEXT_GET, scratch.output(0));
        return scratch.wide(0);
    }

    @Override
    public DeviceMemory memory() {
        Scratch scratch = Scratch.get();
        calls.run(Call.MEMORY_INFO, scratch.output(0), scratch.output(1));
        return new DeviceMemory(scratch.wide(0), scratch.wide(1));
    }

    @Override
    public void synchronizeContext() {
        calls.run(Call.CONTEXT_SYNCHRONIZE);
    }

    @Override
    public long loadModule(MemorySegment image) {
        Scratch scratch = Scratch.get();
        calls.run(Call.MODULE_LOAD, scratch.output(0), image);
        return scratch.wide(0);
    }

    @Override
    public void unloadModule(long module) {
        calls.run(Call.MODULE_UNLOAD, module);
    }

    @Override
    public long function(long module, String name) {
        try (Arena arena = Arena.ofConfined()) {
            Scratch scratch = Scratch.get();
            calls.run(Call.MODULE_FUNCTION, scratch.output(0), module,
                    arena.allocateFrom(name, StandardCharsets.UTF_8));
            return scratch.wide(0);
        }
    }

    @Override
    public int functionAttribute(long function, int attribute) {
        Scratch scratch = Scratch.get();
        calls.run(Call.FUNCTION_ATTRIBUTE, scratch.output(0), attribute, function);
        return scratch.integer();
    }

    @Override
    public void setFunctionAttribute(long function, int attribute, int value) {
        calls.run(Call.FUNCTION_SET_ATTRIBUTE, function, attribute, value);
    }

    @Override
    public int maxActiveBlocks(long function, int threads, long sharedBytes) {
        Scratch scratch = Scratch.get();
        calls.run(Call.FUNCTION_ACTIVE_BLOCKS, scratch.output(0), function, threads, sharedBytes);
        return scratch.integer();
    }

    @Override
    public long allocate(long bytes) {
        Scratch scratch = Scratch.get();
        calls.run(Call.MEMORY_ALLOCATE, scratch.output(0), bytes);
        return scratch.wide(0);
    }

    @Override
    public void free(long address) {
        calls.run(Call.MEMORY_FREE, address);
    }

    @Override
    @SuppressWarnings("restricted") // the driver says where the memory is, and its size is what was asked for
    public MemorySegment allocateHost(long bytes, int flags) {
        Scratch scratch = Scratch.get();
        calls.run(Call.HOST_ALLOCATE, scratch.output(0), bytes, flags);
        return MemorySegment.ofAddress(scratch.wide(0)).reinterpret(bytes);
    }

    @Override
    public void freeHost(MemorySegment memory) {
        calls.run(Call.HOST_FREE, memory);
    }

    @Override
    public void registerHost(MemorySegment memory, int flags) {
        calls.run(Call.HOST_REGISTER, memory, memory.byteSize(), flags);
    }

    @Override
    public void unregisterHost(MemorySegment memory) {
        calls.run(Call.HOST_UNREGISTER, memory);
    }

    @Override
    public long hostAddressOnDevice(MemorySegment memory) {
        Scratch scratch = Scratch.get();
        calls.run(Call.HOST_DEVICE_POINTER, scratch.output(0), memory, 0);
        return scratch.wide(0);
    }

    @Override
    public void copyToDevice(long target, MemorySegment source) {
        calls.run(Call.COPY_TO_DEVICE, target, source, source.byteSize());
    }

    @Override
    public void copyToHost(MemorySegment target, long source) {
        calls.run(Call.COPY_TO_HOST, target, source, target.byteSize());
    }

    @Override
    public void copyToDeviceAsync(long target, MemorySegment source, long stream) {
        calls.run(Call.COPY_TO_DEVICE_ASYNC, target, source, source.byteSize(), stream);
    }

    @Override
    public void copyToHostAsync(MemorySegment target, long source, long stream) {
        calls.run(Call.COPY_TO_HOST_ASYNC, target, source, target.byteSize(), stream);
    }

    @Override
    public void copyAsync(long target, long source, long bytes, long stream) {
        calls.run(Call.COPY_ASYNC, target, source, bytes, stream);
    }

    @Override
    public void copyBatchAsync(long[] targets, long[] sources, long[] bytes, long stream) {
        Batches.copy(calls, targets, sources, bytes, stream);
    }

    @Override
    public void fillAsync(long target, byte value, long bytes, long stream) {
        // as an int, because the parameter is an unsigned char and Java's byte would be extended by its sign
        calls.run(Call.FILL_ASYNC, target, Byte.toUnsignedInt(value), bytes, stream);
    }

    @Override
    public long createStream(int flags, int priority) {
        Scratch scratch = Scratch.get();
        calls.run(Call.STREAM_CREATE, scratch.output(0), flags, priority);
        return scratch.wide(0);
    }

    @Override
    public void destroyStream(long stream) {
        calls.run(Call.STREAM_DESTROY, stream);
    }

    @Override
    public void synchronizeStream(long stream) {
        calls.run(Call.STREAM_SYNCHRONIZE, stream);
    }

    @Override
    public boolean streamIdle(long stream) {
        return calls.run(Call.STREAM_QUERY, stream) == SUCCESS;
    }

    @Override
    public void waitForEvent(long stream, long event) {
        calls.run(Call.STREAM_WAIT, stream, event, 0);
    }

    @Override
    public long createEvent(int flags) {
        Scratch scratch = Scratch.get();
        calls.run(Call.EVENT_CREATE, scratch.output(0), flags);
        return scratch.wide(0);
    }

    @Override
    public void destroyEvent(long event) {
        calls.run(Call.EVENT_DESTROY, event);
    }

    @Override
    public void recordEvent(long event, long stream) {
        calls.run(Call.EVENT_RECORD, event, stream);
    }

    @Override
    public void synchronizeEvent(long event) {
        calls.run(Call.EVENT_SYNCHRONIZE, event);
    }

    @Override
    public boolean eventHappened(long event) {
        return calls.run(Call.EVENT_QUERY, event) == SUCCESS;
    }

    @Override
    public float elapsedMillis(long start, long end) {
        Scratch scratch = Scratch.get();
        calls.run(Call.EVENT_ELAPSED, scratch.output(0), start, end);
        return scratch.real();
    }

    @Override
    public void launch(long function, LaunchShape shape, long stream, MemorySegment arguments) {
        launches.launch(function, shape, stream, arguments);
    }

    @Override
    public void beginCapture(long stream, int mode) {
        calls.run(Call.CAPTURE_BEGIN, stream, mode);
    }

    @Override
    public long endCapture(long stream) {
        Scratch scratch = Scratch.get();
        calls.run(Call.CAPTURE_END, stream, scratch.output(0));
        return scratch.wide(0);
    }

    @Override
    public void destroyGraph(long graph) {
        calls.run(Call.GRAPH_DESTROY, graph);
    }

    @Override
    public long graphNodes(long graph) {
        Scratch scratch = Scratch.get();
        calls.run(Call.GRAPH_NODES, graph, 0L, scratch.output(0));
        return scratch.wide(0);
    }

    @Override
    public long instantiate(long graph) {
        Scratch scratch = Scratch.get();
        calls.run(Call.GRAPH_INSTANTIATE, scratch.output(0), graph, 0L);
        return scratch.wide(0);
    }

    @Override
    public boolean updateGraph(long executable, long graph) {
        return calls.run(Call.GRAPH_UPDATE, executable, graph, Scratch.get().output(0)) == SUCCESS;
    }

    @Override
    public void launchGraph(long executable, long stream) {
        calls.run(Call.GRAPH_LAUNCH, executable, stream);
    }

    @Override
    public void destroyExecutable(long executable) {
        calls.run(Call.EXECUTABLE_DESTROY, executable);
    }

    @Override
    public void encodeTensorMap(MemorySegment map, TensorMapShape shape) {
        TensorMaps.encode(calls, map, shape);
    }

    @Override
    public String errorName(int code) {
        return calls.errorName(code);
    }

    @Override
    public String errorText(int code) {
        return calls.errorText(code);
    }
}
