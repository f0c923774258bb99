/* SPDX-License-Identifier: Apache-2.0 */
package io.pinyon.cuda.javacpp;

import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;
import java.lang.ref.Reference;
import java.nio.charset.StandardCharsets;
import java.util.Arrays;

import io.pinyon.cuda.driver.CudaDriver;
import io.pinyon.cuda.driver.CudaDriverProvider.Probe;
import io.pinyon.cuda.driver.CudaException;
import io.pinyon.cuda.driver.CudaResult;
import io.pinyon.cuda.driver.DeviceMemory;
import io.pinyon.cuda.driver.LaunchShape;
import io.pinyon.cuda.driver.TensorMapShape;
import io.pinyon.cuda.javacpp.Pointers.Longs;
import io.pinyon.cuda.javacpp.Pointers.Sizes;
import io.pinyon.cuda.javacpp.Pointers.TensorMap;
import org.bytedeco.cuda.cudart.CUgraphExecUpdateResultInfo_v1;
import org.bytedeco.cuda.cudart.CUmemcpyAttributes_v1;
import org.bytedeco.cuda.global.cudart;
import org.bytedeco.javacpp.BytePointer;
import org.bytedeco.javacpp.Pointer;
import org.bytedeco.javacpp.SizeTPointer;

/** The driver API as the presets {@code org.bytedeco.cuda.global.cudart} have it. */
final class JavaCppDriver implements CudaDriver {
    static final String NAME = "javacpp";

    // The presets' library binds functions by name when they are first called, and a name that the driver lacks ends
    // the process. The newest one below is cuEventElapsedTime_v2; cuMemcpyBatchAsync_v2 is kept from older drivers.
    private static final int OLDEST = 12080;
    private static final int BATCH_COPIES = 13000;

    private static final int GRAPH_UPDATE_FAILED = 910;
    private static final int NAME_BYTES = 256;
    private static final int COPY_IN_STREAM_ORDER = 1;
    private static final int TENSOR_MAP_BYTES = 128;

    private final int version;

    private JavaCppDriver(int version) {
        this.version = version;
    }

    static Probe open() {
        int[] version = new int[1];
        check(cudart.cuDriverGetVersion(version), "cuDriverGetVersion");
        if (version[0] < OLDEST) {
            return new Probe.NotUsable(
                    "the NVIDIA driver supports CUDA " + version[0] / 1000 + "." + version[0] % 1000 / 10
                            + ", and org.bytedeco:cuda needs " + OLDEST / 1000 + "." + OLDEST % 1000 / 10,
                    "install a newer NVIDIA driver, or use the bridge ffm");
        }
        int result = cudart.cuInit(0);
        if (result != CudaResult.SUCCESS) {
            return new Probe.NotUsable(failure(result, "cuInit").getMessage(),
                    "see whether nvidia-smi lists a GPU and CUDA_VISIBLE_DEVICES does not hide it");
        }
        return new Probe.Usable(new JavaCppDriver(version[0]));
    }

    private static void check(int result, String call) {
        if (result != CudaResult.SUCCESS) {
            throw failure(result, call);
        }
    }

    private static CudaException failure(int code, String call) {
        return new CudaException(code, nameOf(code), textOf(code), call);
    }

    @Override
    public String bridge() {
        return NAME;
    }

    @Override
    public int driverVersion() {
        return version;
    }

    @Override
    public boolean supportsLaunchAttributes() {
        return true;
    }

    @Override
    public boolean supportsTensorMaps() {
        return true;
    }

    @Override
    public boolean supportsBatchCopies() {
        return version >= BATCH_COPIES;
    }

    @Override
    public int deviceCount() {
        int[] count = new int[1];
        check(cudart.cuDeviceGetCount(count), "cuDeviceGetCount");
        return count[0];
    }

    @Override
    public String deviceName(int device) {
        byte[] name = new byte[NAME_BYTES];
        check(cudart.cuDeviceGetName(name, name.length, handle(device)), "cuDeviceGetName");
        return new String(name, 0, length(name), StandardCharsets.UTF_8);
    }

    private static int length(byte[] text) {
        int length = 0;
        while (length < text.length && text[length] != 0) {
            length++;
        }
        return length;
    }

    @Override
    public long deviceMemory(int device) {
        try (var bytes = new SizeTPointer(1)) {
            check(cudart.cuDeviceTotalMem(bytes, handle(device)), "cuDeviceTotalMem_v2");
            return bytes.get();
        }
    }

    @Override
    public int deviceAttribute(int device, int attribute) {
        int[] value = new int[1];
        check(cudart.cuDeviceGetAttribute(value, attribute, handle(device)), "cuDeviceGetAttribute");
        return value[0];
    }

    private static int handle(int device) {
        int[] handle = new int[1];
        check(cudart.cuDeviceGet(handle, device), "cuDeviceGet");
        return handle[0];
    }

    @Override
    public long retainPrimaryContext(int device) {
        var context = Pointers.ofThread().context.at(0);
        check(cudart.cuDevicePrimaryCtxRetain(context, handle(device)), "cuDevicePrimaryCtxRetain");
        return context.address();
    }

    @Override
    public void releasePrimaryContext(int device) {
        check(cudart.cuDevicePrimaryCtxRelease(handle(device)), "cuDevicePrimaryCtxRelease_v2");
    }

    @Override
    public void resetPrimaryContext(int device) {
        check(cudart.cuDevicePrimaryCtxReset(handle(device)), "cuDevicePrimaryCtxReset_v2");
    }

    @Override
    public void setCurrentContext(long context) {
        check(cudart.cuCtxSetCurrent(Pointers.ofThread().context.at(context)), "cuCtxSetCurrent");
    }

    @Override
    public long currentContext() {
        var context = Pointers.ofThread().context.at(0);
        check(cudart.cuCtxGetCurrent(context), "cuCtxGetCurrent");
        return context.address();
    }

    @Override
    public DeviceMemory memory() {
        try (var free = new SizeTPointer(1); var total = new SizeTPointer(1)) {
            check(cudart.cuMemGetInfo(free, total), "cuMemGetInfo_v2");
            return new DeviceMemory(free.get(), total.get());
        }
    }

    @Override
    public void synchronizeContext() {
        check(cudart.cuCtxSynchronize(), "cuCtxSynchronize");
    }

    @Override
    public long loadModule(MemorySegment image) {
        var pointers = Pointers.ofThread();
        var module = pointers.module.at(0);
        try {
            check(cudart.cuModuleLoadData(module, pointers.memory.at(HostMemory.address(image))),
                    "cuModuleLoadData");
        } finally {
            Reference.reachabilityFence(image);
        }
        return module.address();
    }

    @Override
    public void unloadModule(long module) {
        check(cudart.cuModuleUnload(Pointers.ofThread().module.at(module)), "cuModuleUnload");
    }

    @Override
    public long function(long module, String name) {
        var pointers = Pointers.ofThread();
        var function = pointers.function.at(0);
        check(cudart.cuModuleGetFunction(function, pointers.module.at(module), name), "cuModuleGetFunction");
        return function.address();
    }

    @Override
    public int functionAttribute(long function, int attribute) {
        int[] value = new int[1];
        check(cudart.cuFuncGetAttribute(value, attribute, Pointers.ofThread().function.at(function)),
                "cuFuncGetAttribute");
        return value[0];
    }

    @Override
    public void setFunctionAttribute(long function, int attribute, int value) {
        check(cudart.cuFuncSetAttribute(Pointers.ofThread().function.at(function), attribute, value),
                "cuFuncSetAttribute");
    }

    @Override
    public int maxActiveBlocks(long function, int threads, long sharedBytes) {
        int[] blocks = new int[1];
        check(cudart.cuOccupancyMaxActiveBlocksPerMultiprocessor(blocks, Pointers.ofThread().function.at(function),
                threads, sharedBytes), "cuOccupancyMaxActiveBlocksPerMultiprocessor");
        return blocks[0];
    }

    @Override
    public long allocate(long bytes) {
        long[] address = new long[1];
        check(cudart.cuMemAlloc(address, bytes), "cuMemAlloc_v2");
        return address[0];
    }

    @Override
    public void free(long address) {
        check(cudart.cuMemFree(address), "cuMemFree_v2");
    }

    @Override
    public MemorySegment allocateHost(long bytes, int flags) {
        var memory = Pointers.ofThread().memory.at(0);
        check(cudart.cuMemHostAlloc(memory, bytes, flags), "cuMemHostAlloc");
        return HostMemory.at(memory.address(), bytes);
    }

    @Override
    public void freeHost(MemorySegment memory) {
        check(cudart.cuMemFreeHost(Pointers.ofThread().memory.at(HostMemory.address(memory))), "cuMemFreeHost");
    }

    @Override
    public void registerHost(MemorySegment memory, int flags) {
        check(cudart.cuMemHostRegister(Pointers.ofThread().memory.at(HostMemory.address(memory)), memory.byteSize(),
                flags), "cuMemHostRegister_v2");
    }

    @Override
    public void unregisterHost(MemorySegment memory) {
        check(cudart.cuMemHostUnregister(Pointers.ofThread().memory.at(HostMemory.address(memory))),
                "cuMemHostUnregister");
    }

    @Override
    public long hostAddressOnDevice(MemorySegment memory) {
        long[] address = new long[1];
        check(cudart.cuMemHostGetDevicePointer(address, Pointers.ofThread().memory.at(HostMemory.address(memory)), 0),
                "cuMemHostGetDevicePointer_v2");
        return address[0];
    }

    @Override
    public void copyToDevice(long target, MemorySegment source) {
        var memory = Pointers.ofThread().memory.at(HostMemory.address(source));
        try {
            check(cudart.cuMemcpyHtoD(target, memory, source.byteSize()),
                    "cuMemcpyHtoD_v2");
        } finally {
            Reference.reachabilityFence(source);
        }
    }

    @Override
    public void copyToHost(MemorySegment target, long source) {
        var memory = Pointers.ofThread().memory.at(HostMemory.writable(target));
        try {
            check(cudart.cuMemcpyDtoH(memory, source, target.byteSize()),
                    "cuMemcpyDtoH_v2");
        } finally {
            Reference.reachabilityFence(target);
        }
    }

    @Override
    public void copyToDeviceAsync(long target, MemorySegment source, long stream) {
        var pointers = Pointers.ofThread();
        try {
            check(cudart.cuMemcpyHtoDAsync(target, pointers.memory.at(HostMemory.address(source)),
                    source.byteSize(), pointers.stream.at(stream)),
                    "cuMemcpyHtoDAsync_v2");
        } finally {
            Reference.reachabilityFence(source);
        }
    }

    @Override
    public void copyToHostAsync(MemorySegment target, long source, long stream) {
        var pointers = Pointers.ofThread();
        try {
            check(cudart.cuMemcpyDtoHAsync(pointers.memory.at(HostMemory.writable(target)), source,
                    target.byteSize(), pointers.stream.at(stream)),
                    "cuMemcpyDtoHAsync_v2");
        } finally {
            Reference.reachabilityFence(target);
        }
    }

    @Override
    public void copyAsync(long target, long source, long bytes, long stream) {
        check(cudart.cuMemcpyDtoDAsync(target, source, bytes, Pointers.ofThread().stream.at(stream)),
                "cuMemcpyDtoDAsync_v2");
    }

    @Override
    public void copyBatchAsync(long[] targets, long[] sources, long[] bytes, long stream) {
        if (targets.length != bytes.length || sources.length != bytes.length) {
            throw new IllegalArgumentException("%d targets, %d sources and %d sizes".formatted(targets.length,
                    sources.length, bytes.length));
        }
        if (!supportsBatchCopies()) {
            throw new CudaException(CudaResult.NOT_SUPPORTED, nameOf(CudaResult.NOT_SUPPORTED),
                    textOf(CudaResult.NOT_SUPPORTED) + ": the driver is older than CUDA 13.0",
                    "cuMemcpyBatchAsync_v2");
        }
        if (bytes.length == 0) {
            return;
        }
        try (Arena arena = Arena.ofConfined();
                var attributes = new CUmemcpyAttributes_v1();
                var first = new SizeTPointer(1)) {
            Pointer.memset(attributes, 0, attributes.sizeof());
            attributes.srcAccessOrder(COPY_IN_STREAM_ORDER);
            first.put(0);
            var toPointer = new Longs(arena.allocateFrom(ValueLayout.JAVA_LONG, targets).address());
            var fromPointer = new Longs(arena.allocateFrom(ValueLayout.JAVA_LONG, sources).address());
            var sizePointer = new Sizes(arena.allocateFrom(ValueLayout.JAVA_LONG, bytes).address());
            check(cudart.cuMemcpyBatchAsync(toPointer, fromPointer, sizePointer, bytes.length, attributes, first, 1,
                    Pointers.ofThread().stream.at(stream)), "cuMemcpyBatchAsync_v2");
        }
    }

    @Override
    public void fillAsync(long target, byte value, long bytes, long stream) {
        check(cudart.cuMemsetD8Async(target, value, bytes, Pointers.ofThread().stream.at(stream)), "cuMemsetD8Async");
    }

    @Override
    public long createStream(int flags, int priority) {
        var stream = Pointers.ofThread().stream.at(0);
        check(cudart.cuStreamCreateWithPriority(stream, flags, priority), "cuStreamCreateWithPriority");
        return stream.address();
    }

    @Override
    public void destroyStream(long stream) {
        check(cudart.cuStreamDestroy(Pointers.ofThread().stream.at(stream)), "cuStreamDestroy_v2");
    }

    @Override
    public void synchronizeStream(long stream) {
        check(cudart.cuStreamSynchronize(Pointers.ofThread().stream.at(stream)), "cuStreamSynchronize");
    }

    @Override
    public boolean streamIdle(long stream) {
        int result = cudart.cuStreamQuery(Pointers.ofThread().stream.at(stream));
        if (result == CudaResult.NOT_READY) {
            return false;
        }
        check(result, "cuStreamQuery");
        return true;
    }

    @Override
    public void waitForEvent(long stream, long event) {
        var pointers = Pointers.ofThread();
        check(cudart.cuStreamWaitEvent(pointers.stream.at(stream), pointers.event.at(event), 0), "cuStreamWaitEvent");
    }

    @Override
    public long createEvent(int flags) {
        var event = Pointers.ofThread().event.at(0);
        check(cudart.cuEventCreate(event, flags), "cuEventCreate");
        return event.address();
    }

    @Override
    public void destroyEvent(long event) {
        check(cudart.cuEventDestroy(Pointers.ofThread().event.at(event)), "cuEventDestroy_v2");
    }

    @Override
    public void recordEvent(long event, long stream) {
        var pointers = Pointers.ofThread();
        check(cudart.cuEventRecord(pointers.event.at(event), pointers.stream.at(stream)), "cuEventRecord");
    }

    @Override
    public void synchronizeEvent(long event) {
        check(cudart.cuEventSynchronize(Pointers.ofThread().event.at(event)), "cuEventSynchronize");
    }

    @Override
    public boolean eventHappened(long event) {
        int result = cudart.cuEventQuery(Pointers.ofThread().event.at(event));
        if (result == CudaResult.NOT_READY) {
            return false;
        }
        check(result, "cuEventQuery");
        return true;
    }

    @Override
    public float elapsedMillis(long start, long end) {
        var pointers = Pointers.ofThread();
        float[] millis = new float[1];
        check(cudart.cuEventElapsedTime(millis, pointers.event.at(start), pointers.otherEvent.at(end)),
                "cuEventElapsedTime_v2");
        return millis[0];
    }

    @Override
    public void launch(long function, LaunchShape shape, long stream, MemorySegment arguments) {
        var pointers = Pointers.ofThread();
        long bytes = arguments.byteSize();
        var extra = bytes == 0
                ? pointers.none
                : pointers.extra.at(pointers.launch.extra(HostMemory.address(arguments), bytes));
        var kernel = pointers.function.at(function);
        try {
            if (shape.hasAttributes()) {
                check(cudart.cuLaunchKernelEx(pointers.config.at(pointers.launch.config(shape, stream)), kernel,
                        pointers.none, extra), "cuLaunchKernelEx");
            } else {
                check(cudart.cuLaunchKernel(kernel, shape.gridX(), shape.gridY(), shape.gridZ(), shape.blockX(),
                        shape.blockY(), shape.blockZ(), shape.sharedBytes(), pointers.stream.at(stream),
                        pointers.none, extra), "cuLaunchKernel");
            }
        } finally {
            Reference.reachabilityFence(arguments);
        }
    }

    @Override
    public void beginCapture(long stream, int mode) {
        check(cudart.cuStreamBeginCapture(Pointers.ofThread().stream.at(stream), mode), "cuStreamBeginCapture_v2");
    }

    @Override
    public long endCapture(long stream) {
        var pointers = Pointers.ofThread();
        var graph = pointers.graph.at(0);
        check(cudart.cuStreamEndCapture(pointers.stream.at(stream), graph), "cuStreamEndCapture");
        return graph.address();
    }

    @Override
    public void destroyGraph(long graph) {
        check(cudart.cuGraphDestroy(Pointers.ofThread().graph.at(graph)), "cuGraphDestroy");
    }

    @Override
    public long graphNodes(long graph) {
        try (var count = new SizeTPointer(1)) {
            check(cudart.cuGraphGetNodes(Pointers.ofThread().graph.at(graph), null, count), "cuGraphGetNodes");
            return count.get();
        }
    }

    @Override
    public long instantiate(long graph) {
        var pointers = Pointers.ofThread();
        var executable = pointers.executable.at(0);
        check(cudart.cuGraphInstantiate(executable, pointers.graph.at(graph), 0), "cuGraphInstantiateWithFlags");
        return executable.address();
    }

    @Override
    public boolean updateGraph(long executable, long graph) {
        var pointers = Pointers.ofThread();
        try (var info = new CUgraphExecUpdateResultInfo_v1()) {
            int result = cudart.cuGraphExecUpdate(pointers.executable.at(executable), pointers.graph.at(graph), info);
            if (result == GRAPH_UPDATE_FAILED) {
                return false;
            }
            check(result, "cuGraphExecUpdate_v2");
            return true;
        }
    }

    @Override
    public void launchGraph(long executable, long stream) {
        var pointers = Pointers.ofThread();
        check(cudart.cuGraphLaunch(pointers.executable.at(executable), pointers.stream.at(stream)), "cuGraphLaunch");
    }

    @Override
    public void destroyExecutable(long executable) {
        check(cudart.cuGraphExecDestroy(Pointers.ofThread().executable.at(executable)), "cuGraphExecDestroy");
    }

    @Override
    public void encodeTensorMap(MemorySegment map, TensorMapShape shape) {
        if (map.byteSize() < TENSOR_MAP_BYTES) {
            throw new IllegalArgumentException("a tensor map needs 128 bytes, not " + map.byteSize());
        }
        int[] elementStrides = new int[shape.dims().size()];
        Arrays.fill(elementStrides, 1);
        check(cudart.cuTensorMapEncodeTiled(new TensorMap(HostMemory.writable(map)), shape.dataType(),
                elementStrides.length, Pointers.ofThread().memory.at(shape.address()),
                shape.dims().stream().mapToLong(Long::longValue).toArray(),
                shape.strides().stream().mapToLong(Long::longValue).toArray(),
                shape.box().stream().mapToInt(Integer::intValue).toArray(), elementStrides, 0, shape.swizzle(),
                shape.l2Promotion(), shape.nanFill() ? 1 : 0), "cuTensorMapEncodeTiled");
    }

    @Override
    public String errorName(int code) {
        return nameOf(code);
    }

    @Override
    public String errorText(int code) {
        return textOf(code);
    }

    private static String nameOf(int code) {
        var name = new BytePointer((Pointer) null);
        return cudart.cuGetErrorName(code, name) == CudaResult.SUCCESS ? name.getString() : "CUDA_ERROR_UNKNOWN";
    }

    private static String textOf(int code) {
        var text = new BytePointer((Pointer) null);
        return cudart.cuGetErrorString(code, text) == CudaResult.SUCCESS
                ? text.getString()
                : "an error that the driver does not know";
    }
}
