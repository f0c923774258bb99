/* SPDX-License-Identifier: Apache-2.0 */
package io.pinyon.cuda.driver;

import java.lang.foreign.MemorySegment;

/**
 * The calls of the CUDA driver API that Pinyon needs (NVIDIA, CUDA Driver API reference), one method each.
 *
 * <p>Ownership: every {@code create…}, {@code allocate…}, {@code load…}, {@code instantiate} and {@code retain…} has one
 * counterpart that the caller must call; nothing is released by itself. Contexts are current per thread: a thread calls
 * {@link #setCurrentContext} before anything that works on memory, streams, modules or graphs. All methods may be called
 * by several threads. A failed call throws {@link CudaException} and changes nothing that it does not say.
 *
 * <p>Host memory that an asynchronous copy reads or writes must stay allocated until the copy is done, and should come
 * from {@link #allocateHost} or be registered, or the copy is not asynchronous. {@code stream} 0 is the legacy default
 * stream.
 */
public interface CudaDriver {
    /** Name of the bridge, for example {@code ffm}. */
    String bridge();

    /** Version of CUDA that the driver supports: {@code 1000 * major + 10 * minor}. */
    int driverVersion();

    /** Whether {@link #launch} takes clusters and overlapping launches. */
    boolean supportsLaunchAttributes();

    /** Whether {@link #encodeTensorMap} is there. */
    boolean supportsTensorMaps();

    /** Whether {@link #copyBatchAsync} is there. */
    boolean supportsBatchCopies();

    // devices

    /** Number of devices. */
    int deviceCount();

    /** The device's name. */
    String deviceName(int device);

    /** Bytes of the device's memory. */
    long deviceMemory(int device);

    /**
     * A fact about a device.
     *
     * @param attribute the driver's CUdevice_attribute
     */
    int deviceAttribute(int device, int attribute);

    // contexts

    /** Retains the device's primary context, creating it if need be. */
    long retainPrimaryContext(int device);

    /** Releases it; the last release destroys it. */
    void releasePrimaryContext(int device);

    /**
     * Destroys the primary context with all that is in it, whoever retains it. It does not undo a sticky error where the
     * driver gives up the whole process, as that of CUDA 13.0 does.
     */
    void resetPrimaryContext(int device);

    /** Makes a context current to this thread; 0 for none. */
    void setCurrentContext(long context);

    /** The context that is current to this thread; 0 for none. */
    long currentContext();

    /** Memory of the current context's device. */
    DeviceMemory memory();

    /** Waits for all work of the current context. */
    void synchronizeContext();

    // modules

    /**
     * Loads a cubin, fatbin or zero-terminated PTX image.
     *
     * @param image native memory
     */
    long loadModule(MemorySegment image);

    /** Unloads a module; its functions are gone. */
    void unloadModule(long module);

    /** A kernel of a module. */
    long function(long module, String name);

    /**
     * A fact about a kernel.
     *
     * @param attribute the driver's CUfunction_attribute
     */
    int functionAttribute(long function, int attribute);

    /** Sets what {@link #functionAttribute} reads, for example 8, the largest dynamic shared memory. */
    void setFunctionAttribute(long function, int attribute, int value);

    /** Blocks of a kernel that fit on a multiprocessor at one time. */
    int maxActiveBlocks(long function, int threads, long sharedBytes);

    // memory

    /** Allocates device memory, aligned to at least 256 bytes. */
    long allocate(long bytes);

    /** Frees device memory. */
    void free(long address);

    /**
     * Allocates page-locked host memory.
     *
     * @param flags the driver's CU_MEMHOSTALLOC flags: 1 portable, 2 mapped into the device's address space, 4
     *     write-combined
     * @return a segment without lifetime; the caller frees it
     */
    MemorySegment allocateHost(long bytes, int flags);

    /** Frees what {@link #allocateHost} returned. */
    void freeHost(MemorySegment memory);

    /**
     * Page-locks native memory that was allocated otherwise.
     *
     * @param flags the driver's CU_MEMHOSTREGISTER flags: 1 portable, 2 mapped, 8 read-only
     */
    void registerHost(MemorySegment memory, int flags);

    /** Undoes {@link #registerHost}. */
    void unregisterHost(MemorySegment memory);

    /** The device address of mapped host memory. */
    long hostAddressOnDevice(MemorySegment memory);

    /** Copies host memory to the device and waits. */
    void copyToDevice(long target, MemorySegment source);

    /** Copies device memory to the host and waits. */
    void copyToHost(MemorySegment target, long source);

    /** Copies host memory to the device, in the order of the stream. */
    void copyToDeviceAsync(long target, MemorySegment source, long stream);

    /** Copies device memory to the host, in the order of the stream. */
    void copyToHostAsync(MemorySegment target, long source, long stream);

    /** Copies within the device, in the order of the stream; the ranges do not overlap. */
    void copyAsync(long target, long source, long bytes, long stream);

    /**
     * Copies many ranges, in no order among themselves, in the order of the stream.
     *
     * @param targets device or page-locked host addresses
     * @param sources likewise
     * @param bytes of each
     * @throws CudaException {@code CUDA_ERROR_NOT_SUPPORTED} if not {@link #supportsBatchCopies}
     */
    void copyBatchAsync(long[] targets, long[] sources, long[] bytes, long stream);

    /** Sets bytes, in the order of the stream. */
    void fillAsync(long target, byte value, long bytes, long stream);

    // streams

    /**
     * Creates a stream.
     *
     * @param flags 1 for one that does not wait for the default stream
     * @param priority lower is more urgent; 0 is the default
     */
    long createStream(int flags, int priority);

    /** Destroys a stream when its work is done. */
    void destroyStream(long stream);

    /** Waits for all work of a stream. */
    void synchronizeStream(long stream);

    /** Whether all work of a stream is done. */
    boolean streamIdle(long stream);

    /** Lets later work of a stream wait for an event. */
    void waitForEvent(long stream, long event);

    // events

    /**
     * Creates an event.
     *
     * @param flags 2 for one that does not take times
     */
    long createEvent(int flags);

    /** Destroys an event. */
    void destroyEvent(long event);

    /** Lets an event happen when the stream's work so far is done. */
    void recordEvent(long event, long stream);

    /** Waits for an event. */
    void synchronizeEvent(long event);

    /** Whether an event has happened. */
    boolean eventHappened(long event);

    /** Milliseconds between two events that take times. */
    float elapsedMillis(long start, long end);

    // launches

    /**
     * Launches a kernel.
     *
     * @param arguments the kernel's parameters one behind the other, each at a multiple of its own
     *     alignment, as a C structure of them would lie; alignments of at most 16, in all a multiple of 4 bytes; native
     *     memory, copied before the call returns
     * @throws CudaException {@code CUDA_ERROR_NOT_SUPPORTED} if the shape has attributes and not
     *     {@link #supportsLaunchAttributes}
     */
    void launch(long function, LaunchShape shape, long stream, MemorySegment arguments);

    // graphs

    /**
     * Begins to record the work of a stream instead of running it.
     *
     * @param mode the driver's CUstreamCaptureMode: 0 global, 1 this thread, 2 relaxed
     */
    void beginCapture(long stream, int mode);

    /** Ends recording; after a failure in between it throws, and the stream is usable again. */
    long endCapture(long stream);

    /** Destroys a graph; what was instantiated from it lives on. */
    void destroyGraph(long graph);

    /** Number of nodes of a graph. */
    long graphNodes(long graph);

    /** Makes a graph executable. */
    long instantiate(long graph);

    /**
     * Gives an executable graph the parameters of another graph of the same shape.
     *
     * @return false if the shapes differ; the executable graph is then as before
     */
    boolean updateGraph(long executable, long graph);

    /** Runs an executable graph in the order of the stream. */
    void launchGraph(long executable, long stream);

    /** Destroys an executable graph. */
    void destroyExecutable(long executable);

    // tensor maps

    /**
     * Encodes a tensor map for the bulk tensor copies of compute capability 9.0 and later.
     *
     * @param map receives 128 bytes, aligned to 64
     * @throws CudaException {@code CUDA_ERROR_NOT_SUPPORTED} if not {@link #supportsTensorMaps}
     */
    void encodeTensorMap(MemorySegment map, TensorMapShape shape);

    // errors

    /** The driver's name of a CUresult, also without a context; {@code CUDA_ERROR_UNKNOWN} for one it does not know. */
    String errorName(int code);

    /** The driver's sentence about a CUresult. */
    String errorText(int code);
}
