/* SPDX-License-Identifier: Apache-2.0 */
package io.pinyon.cuda.ffm;

import java.util.List;

import io.pinyon.cuda.driver.CudaResult;

/**
 * The functions of the driver library, by the names that it exports. A suffix like {@code _v2} is part of the name: the
 * driver's header maps the plain name to it, and the plain one has an older signature. What they take is
 * written as in the CUDA Driver API reference.
 */
enum Call {
    /** {@code (unsigned flags)} */
    INIT("cuInit"),
    /** {@code (int* version)} */
    DRIVER_VERSION("cuDriverGetVersion"),
    /** {@code (CUresult result, const char** name)} */
    ERROR_NAME("cuGetErrorName"),
    /** {@code (CUresult result, const char** text)} */
    ERROR_STRING("cuGetErrorString"),

    /** {@code (int* count)} */
    DEVICE_COUNT("cuDeviceGetCount"),
    /** {@code (CUdevice* device, int ordinal)} */
    DEVICE("cuDeviceGet"),
    /** {@code (char* name, int bytes, CUdevice device)} */
    DEVICE_NAME("cuDeviceGetName"),
    /** {@code (size_t* bytes, CUdevice device)} */
    DEVICE_MEMORY("cuDeviceTotalMem_v2"),
    /** {@code (int* value, CUdevice_attribute attribute, CUdevice device)} */
    DEVICE_ATTRIBUTE("cuDeviceGetAttribute"),

    /** {@code (CUcontext* context, CUdevice device)} */
    CONTEXT_RETAIN("cuDevicePrimaryCtxRetain"),
    /** {@code (CUdevice device)} */
    CONTEXT_RELEASE("cuDevicePrimaryCtxRelease_v2"),
    /** {@code (CUdevice device)} */
    CONTEXT_RESET("cuDevicePrimaryCtxReset_v2"),
    /** {@code (CUcontext context)} */
    CONTEXT_SET("cuCtxSetCurrent"),
    /** {@code (CUcontext* context)} */
    CONTEXT_GET("cuCtxGetCurrent"),
    /** {@code ()} */
    CONTEXT_SYNCHRONIZE("cuCtxSynchronize"),

    /** {@code (CUmodule* module, const void* image)} */
    MODULE_LOAD("cuModuleLoadData"),
    /** {@code (CUmodule module)} */
    MODULE_UNLOAD("cuModuleUnload"),
    /** {@code (CUfunction* function, CUmodule module, const char* name)} */
    MODULE_FUNCTION("cuModuleGetFunction"),
    /** {@code (int* value, CUfunction_attribute attribute, CUfunction function)} */
    FUNCTION_ATTRIBUTE("cuFuncGetAttribute"),
    /** {@code (CUfunction function, CUfunction_attribute attribute, int value)} */
    FUNCTION_SET_ATTRIBUTE("cuFuncSetAttribute"),
    /** {@code (int* blocks, CUfunction function, int threads, size_t shared)} */
    FUNCTION_ACTIVE_BLOCKS("cuOccupancyMaxActiveBlocksPerMultiprocessor"),

    /** {@code (size_t* free, size_t* total)} */
    MEMORY_INFO("cuMemGetInfo_v2"),
    /** {@code (CUdeviceptr* address, size_t bytes)} */
    MEMORY_ALLOCATE("cuMemAlloc_v2"),
    /** {@code (CUdeviceptr address)} */
    MEMORY_FREE("cuMemFree_v2"),
    /** {@code (void** memory, size_t bytes, unsigned flags)} */
    HOST_ALLOCATE("cuMemHostAlloc"),
    /** {@code (void* memory)} */
    HOST_FREE("cuMemFreeHost"),
    /** {@code (void* memory, size_t bytes, unsigned flags)} */
    HOST_REGISTER("cuMemHostRegister_v2"),
    /** {@code (void* memory)} */
    HOST_UNREGISTER("cuMemHostUnregister"),
    /** {@code (CUdeviceptr* address, void* memory, unsigned flags)} */
    HOST_DEVICE_POINTER("cuMemHostGetDevicePointer_v2"),
    /** {@code (CUdeviceptr target, const void* source, size_t bytes)} */
    COPY_TO_DEVICE("cuMemcpyHtoD_v2"),
    /** {@code (void* target, CUdeviceptr source, size_t bytes)} */
    COPY_TO_HOST("cuMemcpyDtoH_v2"),
    /** {@code (CUdeviceptr target, const void* source, size_t bytes, CUstream stream)} */
    COPY_TO_DEVICE_ASYNC("cuMemcpyHtoDAsync_v2"),
    /** {@code (void* target, CUdeviceptr source, size_t bytes, CUstream stream)} */
    COPY_TO_HOST_ASYNC("cuMemcpyDtoHAsync_v2"),
    /** {@code (CUdeviceptr target, CUdeviceptr source, size_t bytes, CUstream stream)} */
    COPY_ASYNC("cuMemcpyDtoDAsync_v2"),
    /** Many copies; since CUDA 13.0. */
    COPY_BATCH("cuMemcpyBatchAsync_v2"),
    /** The same since CUDA 12.8, with {@code size_t* failed} before the stream. */
    COPY_BATCH_INDEXED("cuMemcpyBatchAsync"),
    /** {@code (CUdeviceptr target, unsigned char value, size_t bytes, CUstream stream)} */
    FILL_ASYNC("cuMemsetD8Async"),

    /** {@code (CUstream* stream, unsigned flags, int priority)} */
    STREAM_CREATE("cuStreamCreateWithPriority"),
    /** {@code (CUstream stream)} */
    STREAM_DESTROY("cuStreamDestroy_v2"),
    /** {@code (CUstream stream)} */
    STREAM_SYNCHRONIZE("cuStreamSynchronize"),
    /** {@code (CUstream stream)} */
    STREAM_QUERY(CudaResult.NOT_READY, "cuStreamQuery"),
    /** {@code (CUstream stream, CUevent event, unsigned flags)} */
    STREAM_WAIT("cuStreamWaitEvent"),

    /** {@code (CUevent* event, unsigned flags)} */
    EVENT_CREATE("cuEventCreate"),
    /** {@code (CUevent event)} */
    EVENT_DESTROY("cuEventDestroy_v2"),
    /** {@code (CUevent event, CUstream stream)} */
    EVENT_RECORD("cuEventRecord"),
    /** {@code (CUevent event)} */
    EVENT_SYNCHRONIZE("cuEventSynchronize"),
    /** {@code (CUevent event)} */
    EVENT_QUERY(CudaResult.NOT_READY, "cuEventQuery"),
    /** {@code (float* milliseconds, CUevent start, CUevent end)} */
    EVENT_ELAPSED("cuEventElapsedTime_v2", "cuEventElapsedTime"),

    /** Function, grid, block, shared memory, stream, parameters, {@code void** extra}. */
    LAUNCH("cuLaunchKernel"),
    /** {@code (const CUlaunchConfig* config, CUfunction function, void** parameters, void** extra)} */
    LAUNCH_EXTENDED("cuLaunchKernelEx"),

    /** {@code (CUstream stream, CUstreamCaptureMode mode)} */
    CAPTURE_BEGIN("cuStreamBeginCapture_v2"),
    /** {@code (CUstream stream, CUgraph* graph)} */
    CAPTURE_END("cuStreamEndCapture"),
    /** {@code (CUgraph graph)} */
    GRAPH_DESTROY("cuGraphDestroy"),
    /** {@code (CUgraph graph, CUgraphNode* nodes, size_t* count)} */
    GRAPH_NODES("cuGraphGetNodes"),
    /** {@code (CUgraphExec* executable, CUgraph graph, unsigned long long flags)} */
    GRAPH_INSTANTIATE("cuGraphInstantiateWithFlags"),
    /** {@code (CUgraphExec executable, CUgraph graph, CUgraphExecUpdateResultInfo* info)} */
    GRAPH_UPDATE(Call.GRAPH_UPDATE_FAILURE, "cuGraphExecUpdate_v2"),
    /** {@code (CUgraphExec executable, CUstream stream)} */
    GRAPH_LAUNCH("cuGraphLaunch"),
    /** {@code (CUgraphExec executable)} */
    EXECUTABLE_DESTROY("cuGraphExecDestroy"),

    /** Map, type, rank, address, dims, strides, box, element strides, interleave, swizzle, L2, fill. */
    TENSOR_MAP_ENCODE("cuTensorMapEncodeTiled");

    /** CUDA_ERROR_GRAPH_EXEC_UPDATE_FAILURE: the graphs differ in shape. */
    static final int GRAPH_UPDATE_FAILURE = 910;

    private final int answer;
    private final List<String> symbols;

    Call(String... symbols) {
        this(CudaResult.SUCCESS, symbols);
    }

    Call(int answer, String... symbols) {
        this.answer = answer;
        this.symbols = List.of(symbols);
    }

    /** Its names in the library, the preferred one first; all have the same signature. */
    List<String> symbols() {
        return symbols;
    }

    /** Whether a result is an answer rather than a failure. */
    boolean answers(int result) {
        return result == CudaResult.SUCCESS || result == answer;
    }
}
