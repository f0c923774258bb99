/* SPDX-License-Identifier: Apache-2.0 */
package io.pinyon.cuda.jcuda;

import java.lang.foreign.MemorySegment;
import java.lang.ref.Reference;
import java.nio.charset.StandardCharsets;

import io.pinyon.cuda.driver.CudaDriver;
import io.pinyon.cuda.driver.CudaDriverProvider.Probe;
import io.pinyon.cuda.driver.CudaException;
import io.pinyon.cuda.driver.CudaResult;
import io.pinyon.cuda.driver.DeviceMemory;
import io.pinyon.cuda.driver.LaunchShape;
import io.pinyon.cuda.driver.TensorMapShape;
import jcuda.Pointer;
import jcuda.driver.CUdevice;
import jcuda.driver.CUdeviceptr;
import jcuda.driver.CUgraphNode;
import jcuda.driver.JCudaDriver;
import org.jspecify.annotations.Nullable;

/**
 * The driver API as {@link JCudaDriver} has it. JCuda 12.6 lacks launches with attributes, tensor maps, copies in
 * batches and the update of executable graphs. Its exceptions must stay off, as they are at first.
 */
final class JCudaBridge implements CudaDriver {
    static final String NAME = "jcuda";

    private static final int OLDEST = 12000;
    private static final int NAME_BYTES = 256;

    private final int version;

    private JCudaBridge(int version) {
        this.version = version;
    }

    static Probe open() {
        int[] version = new int[1];
        check(JCudaDriver.cuDriverGetVersion(version), "cuDriverGetVersion");
        if (version[0] < OLDEST) {
            return new Probe.NotUsable("the NVIDIA driver supports CUDA " + version[0] / 1000 + "."
                    + version[0] % 1000 / 10 + ", and 12.0 is needed", "install a newer NVIDIA driver");
        }
        int result = JCudaDriver.cuInit(0);
        if (result != CudaResult.SUCCESS) {
            return new Probe.NotUsable(failure(result, "cuInit").getMessage(),
                    "see whether nvidia-smi lists a GPU and CUDA_VISIBLE_DEVICES does not hide it");
        }
        return new Probe.Usable(new JCudaBridge(version[0]));
    }

    private static void check(int result, String call) {
        if (result != CudaResult.SUCCESS) {
            throw failure(result, call);
        }
    }

    private static CudaException failure(int code, String call) {
        return new CudaException(code, nameOf(code), textOf(code), call);
    }

    private static CudaException unsupported(String call, String why) {
        return new CudaException(CudaResult.NOT_SUPPORTED, nameOf(CudaResult.NOT_SUPPORTED),
                textOf(CudaResult.NOT_SUPPORTED) + ": " + why, call);
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
        return false;
    }

    @Override
    public boolean supportsTensorMaps() {
        return false;
    }

    @Override
    public boolean supportsBatchCopies() {
        return false;
    }

    @Override
    public int deviceCount() {
        int[] count = new int[1];
        check(JCudaDriver.cuDeviceGetCount(count), "cuDeviceGetCount");
        return count[0];
    }

    @Override
    public String deviceName(int device) {
        byte[] name = new byte[NAME_BYTES];
        check(JCudaDriver.cuDeviceGetName(name, name.length, handle(device)), "cuDeviceGetName");
        int length = 0;
        while (length < name.length && name[length] != 0) {
            length++;
        }
        return new String(name, 0, length, StandardCharsets.UTF_8);
    }

    @Override
    public long deviceMemory(int device) {
        long[] bytes = new long[1];
        check(JCudaDriver.cuDeviceTotalMem(bytes, handle(device)), "cuDeviceTotalMem_v2");
        return bytes[0];
    }

    @Override
    public int deviceAttribute(int device, int attribute) {
        int[] value = new int[1];
        check(JCudaDriver.cuDeviceGetAttribute(value, attribute, handle(device)), "cuDeviceGetAttribute");
        return value[0];
    }

    private static CUdevice handle(int device) {
        var handle = new CUdevice();
        check(JCudaDriver.cuDeviceGet(handle, device), "cuDeviceGet");
        return handle;
    }

    @Override
    public long retainPrimaryContext(int device) {
        var context = Handles.ofThread().context(0);
        check(JCudaDriver.cuDevicePrimaryCtxRetain(context, handle(device)), "cuDevicePrimaryCtxRetain");
        return Handles.number(context);
    }

    @Override
    public void releasePrimaryContext(int device) {
        check(JCudaDriver.cuDevicePrimaryCtxRelease(handle(device)), "cuDevicePrimaryCtxRelease_v2");
    }

    @Override
    public void resetPrimaryContext(int device) {
        check(JCudaDriver.cuDevicePrimaryCtxReset(handle(device)), "cuDevicePrimaryCtxReset_v2");
    }

    @Override
    public void setCurrentContext(long context) {
        check(JCudaDriver.cuCtxSetCurrent(Handles.ofThread().context(context)), "cuCtxSetCurrent");
    }

    @Override
    public long currentContext() {
        var context = Handles.ofThread().context(0);
        check(JCudaDriver.cuCtxGetCurrent(context), "cuCtxGetCurrent");
        return Handles.number(context);
    }

    @Override
    public DeviceMemory memory() {
        long[] free = new long[1];
        long[] total = new long[1];
        check(JCudaDriver.cuMemGetInfo(free, total), "cuMemGetInfo_v2");
        return new DeviceMemory(free[0], total[0]);
    }

    @Override
    public void synchronizeContext() {
        check(JCudaDriver.cuCtxSynchronize(), "cuCtxSynchronize");
    }

    @Override
    public long loadModule(MemorySegment image) {
        var handles = Handles.ofThread();
        var module = handles.module(0);
        try {
            // The call without options takes Java arrays only, which would be a copy of the whole image.
            check(JCudaDriver.cuModuleLoadDataEx(module, handles.host(HostMemory.address(image)), 0, new int[0],
                    Pointer.to(new int[0])), "cuModuleLoadDataEx");
            return Handles.number(module);
        } finally {
            Reference.reachabilityFence(image);
        }
    }

    @Override
    public void unloadModule(long module) {
        check(JCudaDriver.cuModuleUnload(Handles.ofThread().module(module)), "cuModuleUnload");
    }

    @Override
    public long function(long module, String name) {
        var handles = Handles.ofThread();
        var function = handles.function(0);
        check(JCudaDriver.cuModuleGetFunction(function, handles.module(module), name), "cuModuleGetFunction");
        return Handles.number(function);
    }

    @Override
    public int functionAttribute(long function, int attribute) {
        int[] value = new int[1];
        check(JCudaDriver.cuFuncGetAttribute(value, attribute, Handles.ofThread().function(function)),
                "cuFuncGetAttribute");
        return value[0];
    }

    @Override
    public void setFunctionAttribute(long function, int attribute, int value) {
        check(JCudaDriver.cuFuncSetAttribute(Handles.ofThread().function(function), attribute, value),
                "cuFuncSetAttribute");
    }

    @Override
    public int maxActiveBlocks(long function, int threads, long sharedBytes) {
        int[] blocks = new int[1];
        check(JCudaDriver.cuOccupancyMaxActiveBlocksPerMultiprocessor(blocks, Handles.ofThread().function(function),
                threads, sharedBytes), "cuOccupancyMaxActiveBlocksPerMultiprocessor");
        return blocks[0];
    }

    @Override
    public long allocate(long bytes) {
        var address = new CUdeviceptr();
        check(JCudaDriver.cuMemAlloc(address, bytes), "cuMemAlloc_v2");
        return Handles.number(address);
    }

    @Override
    public void free(long address) {
        // JCuda sets the pointer that it is given to zero, so it gets one of the thread's own.
        check(JCudaDriver.cuMemFree(Handles.ofThread().device(address)), "cuMemFree_v2");
    }

    @Override
    public MemorySegment allocateHost(long bytes, int flags) {
        if (bytes > Integer.MAX_VALUE) {
            throw unsupported("cuMemHostAlloc", "JCuda makes a buffer of it, which cannot have " + bytes + " bytes");
        }
        var memory = new Pointer();
        check(JCudaDriver.cuMemHostAlloc(memory, bytes, flags), "cuMemHostAlloc");
        return MemorySegment.ofBuffer(memory.getByteBuffer());
    }

    @Override
    public void freeHost(MemorySegment memory) {
        check(JCudaDriver.cuMemFreeHost(Handles.ofThread().host(HostMemory.address(memory))), "cuMemFreeHost");
    }

    @Override
    public void registerHost(MemorySegment memory, int flags) {
        check(JCudaDriver.cuMemHostRegister(Handles.ofThread().host(HostMemory.address(memory)), memory.byteSize(),
                flags), "cuMemHostRegister_v2");
    }

    @Override
    public void unregisterHost(MemorySegment memory) {
        check(JCudaDriver.cuMemHostUnregister(Handles.ofThread().host(HostMemory.address(memory))),
                "cuMemHostUnregister");
    }

    @Override
    public long hostAddressOnDevice(MemorySegment memory) {
        var handles = Handles.ofThread();
        var address = handles.device(0);
        check(JCudaDriver.cuMemHostGetDevicePointer(address, handles.host(HostMemory.address(memory)), 0),
                "cuMemHostGetDevicePointer_v2");
        return Handles.number(address);
    }

    @Override
    public void copyToDevice(long target, MemorySegment source) {
        var handles = Handles.ofThread();
        try {
            check(JCudaDriver.cuMemcpyHtoD(handles.device(target), handles.host(HostMemory.address(source)),
                    source.byteSize()), "cuMemcpyHtoD_v2");
        } finally {
            Reference.reachabilityFence(source);
        }
    }

    @Override
    public void copyToHost(MemorySegment target, long source) {
        var handles = Handles.ofThread();
        try {
            check(JCudaDriver.cuMemcpyDtoH(handles.host(HostMemory.writable(target)), handles.device(source),
                    target.byteSize()), "cuMemcpyDtoH_v2");
        } finally {
            Reference.reachabilityFence(target);
        }
    }

    @Override
    public void copyToDeviceAsync(long target, MemorySegment source, long stream) {
        var handles = Handles.ofThread();
        try {
            check(JCudaDriver.cuMemcpyHtoDAsync(handles.device(target), handles.host(HostMemory.address(source)),
                    source.byteSize(), handles.stream(stream)), "cuMemcpyHtoDAsync_v2");
        } finally {
            Reference.reachabilityFence(source);
        }
    }

    @Override
    public void copyToHostAsync(MemorySegment target, long source, long stream) {
        var handles = Handles.ofThread();
        try {
            check(JCudaDriver.cuMemcpyDtoHAsync(handles.host(HostMemory.writable(target)), handles.device(source),
                    target.byteSize(), handles.stream(stream)), "cuMemcpyDtoHAsync_v2");
        } finally {
            Reference.reachabilityFence(target);
        }
    }

    @Override
    public void copyAsync(long target, long source, long bytes, long stream) {
        var handles = Handles.ofThread();
        check(JCudaDriver.cuMemcpyDtoDAsync(handles.device(target), handles.otherDevice(source), bytes,
                handles.stream(stream)), "cuMemcpyDtoDAsync_v2");
    }

    @Override
    public void copyBatchAsync(long[] targets, long[] sources, long[] bytes, long stream) {
        throw unsupported("cuMemcpyBatchAsync", "JCuda 12.6 does not have the call");
    }

    @Override
    public void fillAsync(long target, byte value, long bytes, long stream) {
        var handles = Handles.ofThread();
        check(JCudaDriver.cuMemsetD8Async(handles.device(target), value, bytes, handles.stream(stream)),
                "cuMemsetD8Async");
    }

    @Override
    public long createStream(int flags, int priority) {
        var stream = Handles.ofThread().stream(0);
        check(JCudaDriver.cuStreamCreateWithPriority(stream, flags, priority), "cuStreamCreateWithPriority");
        return Handles.number(stream);
    }

    @Override
    public void destroyStream(long stream) {
        check(JCudaDriver.cuStreamDestroy(Handles.ofThread().stream(stream)), "cuStreamDestroy_v2");
    }

    @Override
    public void synchronizeStream(long stream) {
        check(JCudaDriver.cuStreamSynchronize(Handles.ofThread().stream(stream)), "cuStreamSynchronize");
    }

    @Override
    public boolean streamIdle(long stream) {
        int result = JCudaDriver.cuStreamQuery(Handles.ofThread().stream(stream));
        if (result == CudaResult.NOT_READY) {
            return false;
        }
        check(result, "cuStreamQuery");
        return true;
    }

    @Override
    public void waitForEvent(long stream, long event) {
        var handles = Handles.ofThread();
        check(JCudaDriver.cuStreamWaitEvent(handles.stream(stream), handles.event(event), 0), "cuStreamWaitEvent");
    }

    @Override
    public long createEvent(int flags) {
        var event = Handles.ofThread().event(0);
        check(JCudaDriver.cuEventCreate(event, flags), "cuEventCreate");
        return Handles.number(event);
    }

    @Override
    public void destroyEvent(long event) {
        check(JCudaDriver.cuEventDestroy(Handles.ofThread().event(event)), "cuEventDestroy_v2");
    }

    @Override
    public void recordEvent(long event, long stream) {
        var handles = Handles.ofThread();
        check(JCudaDriver.cuEventRecord(handles.event(event), handles.stream(stream)), "cuEventRecord");
    }

    @Override
    public void synchronizeEvent(long event) {
        check(JCudaDriver.cuEventSynchronize(Handles.ofThread().event(event)), "cuEventSynchronize");
    }

    @Override
    public boolean eventHappened(long event) {
        int result = JCudaDriver.cuEventQuery(Handles.ofThread().event(event));
        if (result == CudaResult.NOT_READY) {
            return false;
        }
        check(result, "cuEventQuery");
        return true;
    }

    @Override
    public float elapsedMillis(long start, long end) {
        var handles = Handles.ofThread();
        float[] millis = new float[1];
        check(JCudaDriver.cuEventElapsedTime(millis, handles.event(start), handles.otherEvent(end)),
                "cuEventElapsedTime");
        return millis[0];
    }

    @Override
    public void launch(long function, LaunchShape shape, long stream, MemorySegment arguments) {
        if (shape.hasAttributes()) {
            throw unsupported("cuLaunchKernelEx", "JCuda 12.6 does not have the call");
        }
        var handles = Handles.ofThread();
        long bytes = arguments.byteSize();
        @Nullable
        Pointer extra = bytes == 0 ? null : handles.extra(HostMemory.address(arguments), bytes);
        try {
            check(JCudaDriver.cuLaunchKernel(handles.function(function), shape.gridX(), shape.gridY(), shape.gridZ(),
                    shape.blockX(), shape.blockY(), shape.blockZ(), shape.sharedBytes(), handles.stream(stream), null,
                    extra), "cuLaunchKernel");
        } finally {
            Reference.reachabilityFence(arguments);
        }
    }

    @Override
    public void beginCapture(long stream, int mode) {
        check(JCudaDriver.cuStreamBeginCapture(Handles.ofThread().stream(stream), mode), "cuStreamBeginCapture_v2");
    }

    @Override
    public long endCapture(long stream) {
        var handles = Handles.ofThread();
        var graph = handles.graph(0);
        check(JCudaDriver.cuStreamEndCapture(handles.stream(stream), graph), "cuStreamEndCapture");
        return Handles.number(graph);
    }

    @Override
    public void destroyGraph(long graph) {
        check(JCudaDriver.cuGraphDestroy(Handles.ofThread().graph(graph)), "cuGraphDestroy");
    }

    @Override
    public long graphNodes(long graph) {
        long[] count = new long[1];
        CUgraphNode @Nullable [] none = null;
        check(JCudaDriver.cuGraphGetNodes(Handles.ofThread().graph(graph), none, count), "cuGraphGetNodes");
        return count[0];
    }

    @Override
    public long instantiate(long graph) {
        var handles = Handles.ofThread();
        var executable = handles.executable(0);
        check(JCudaDriver.cuGraphInstantiate(executable, handles.graph(graph), 0), "cuGraphInstantiateWithFlags");
        return Handles.number(executable);
    }

    /** Is not in JCuda 12.6, which kept only the form of CUDA 11: it always fails. */
    @Override
    public boolean updateGraph(long executable, long graph) {
        throw unsupported("cuGraphExecUpdate_v2", "JCuda 12.6 does not have the call; instantiate the graph instead");
    }

    @Override
    public void launchGraph(long executable, long stream) {
        var handles = Handles.ofThread();
        check(JCudaDriver.cuGraphLaunch(handles.executable(executable), handles.stream(stream)), "cuGraphLaunch");
    }

    @Override
    public void destroyExecutable(long executable) {
        check(JCudaDriver.cuGraphExecDestroy(Handles.ofThread().executable(executable)), "cuGraphExecDestroy");
    }

    @Override
    public void encodeTensorMap(MemorySegment map, TensorMapShape shape) {
        throw unsupported("cuTensorMapEncodeTiled", "JCuda 12.6 does not have the call");
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
        String[] name = new String[1];
        return JCudaDriver.cuGetErrorName(code, name) == CudaResult.SUCCESS ? name[0] : "CUDA_ERROR_UNKNOWN";
    }

    private static String textOf(int code) {
        String[] text = new String[1];
        return JCudaDriver.cuGetErrorString(code, text) == CudaResult.SUCCESS
                ? text[0]
                : "an error that the driver does not know";
    }
}
