/* SPDX-License-Identifier: Apache-2.0 */
package io.pinyon.cuda.ffm;

import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;
import java.nio.file.Path;
import java.util.Arrays;
import java.util.List;

import io.pinyon.cuda.driver.CudaException;
import io.pinyon.cuda.driver.CudaResult;
import io.pinyon.cuda.driver.DeviceMemory;
import io.pinyon.cuda.driver.LaunchShape;
import io.pinyon.cuda.driver.TensorMapShape;
import org.assertj.core.api.ThrowableAssert.ThrowingCallable;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

import static java.lang.foreign.ValueLayout.JAVA_BYTE;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatIllegalArgumentException;
import static org.assertj.core.api.Assertions.assertThatIllegalStateException;
import static org.assertj.core.api.Assertions.catchThrowableOfType;

/** Every call of the bridge as C sees it. */
class FfmCudaDriverTest {
    private static final long WIDE = 0x1234_5678_9abc_def0L;
    private static final long STREAM = 0xaaaa_bbbb_ccccL;

    private static FakeDriver fake;
    private static FakeDriver old;

    private FfmCudaDriver driver;

    @BeforeAll
    static void compile(@TempDir Path directory) throws Exception {
        fake = FakeDriver.compile(directory);
        old = FakeDriver.compile(directory, "OLD", "VERSION=12000", "WITHOUT_ALLOCATE");
    }

    @BeforeEach
    void open() {
        fake.reset();
        old.reset();
        driver = fake.bridge();
    }

    private static CudaException failureOf(ThrowingCallable call) {
        CudaException failure = catchThrowableOfType(CudaException.class, call);
        assertThat(failure).isNotNull();
        return failure;
    }

    private void called(String... calls) {
        assertThat(fake.calls()).containsExactly(calls);
    }

    @Test
    void factsOfDevices() {
        assertThat(driver.bridge()).isEqualTo("ffm");
        assertThat(driver.driverVersion()).isEqualTo(13_000);
        assertThat(driver.deviceCount()).isEqualTo(3);
        assertThat(driver.deviceName(2)).isEqualTo("Fake 42");
        assertThat(driver.deviceMemory(1)).isEqualTo(5L << 33);
        assertThat(driver.deviceAttribute(0, 75)).isEqualTo(-7);
        called("cuDriverGetVersion", "cuDeviceGetCount", "cuDeviceGet 2", "cuDeviceGetName 256 42", "cuDeviceGet 1",
                "cuDeviceTotalMem_v2 41", "cuDeviceGet 0", "cuDeviceGetAttribute 75 40");
    }

    @Test
    void contexts() {
        assertThat(driver.retainPrimaryContext(1)).isEqualTo(0xc0ffee00c0ffeeL);
        driver.releasePrimaryContext(1);
        driver.resetPrimaryContext(1);
        driver.setCurrentContext(WIDE);
        assertThat(driver.currentContext()).isEqualTo(0x77);
        driver.synchronizeContext();
        assertThat(driver.memory()).isEqualTo(new DeviceMemory(3L << 33, 5L << 33));
        called("cuDeviceGet 1", "cuDevicePrimaryCtxRetain 41", "cuDeviceGet 1", "cuDevicePrimaryCtxRelease_v2 41",
                "cuDeviceGet 1", "cuDevicePrimaryCtxReset_v2 41", "cuCtxSetCurrent 123456789abcdef0",
                "cuCtxGetCurrent", "cuCtxSynchronize", "cuMemGetInfo_v2");
    }

    @Test
    void modules() {
        try (Arena arena = Arena.ofConfined()) {
            assertThat(driver.loadModule(arena.allocateFrom("image"))).isEqualTo(0x101);
        }
        assertThat(driver.function(WIDE, "kernel")).isEqualTo(0x102);
        assertThat(driver.functionAttribute(WIDE, 8)).isEqualTo(1024);
        driver.setFunctionAttribute(WIDE, 8, 98_304);
        assertThat(driver.maxActiveBlocks(WIDE, 256, 1L << 40)).isEqualTo(8);
        driver.unloadModule(WIDE);
        called("cuModuleLoadData image", "cuModuleGetFunction 123456789abcdef0 kernel",
                "cuFuncGetAttribute 8 123456789abcdef0", "cuFuncSetAttribute 123456789abcdef0 8 98304",
                "cuOccupancyMaxActiveBlocksPerMultiprocessor 123456789abcdef0 256 1099511627776",
                "cuModuleUnload 123456789abcdef0");
    }

    @Test
    void memoryOfDeviceAndHost() {
        assertThat(driver.allocate(1L << 40)).isEqualTo(0x7f0000000000L);
        driver.free(WIDE);
        MemorySegment host = driver.allocateHost(64, 3);
        assertThat(host.byteSize()).isEqualTo(64);
        assertThat(driver.hostAddressOnDevice(host)).isEqualTo(0x7f00000000ffL);
        driver.freeHost(host);
        called("cuMemAlloc_v2 1099511627776", "cuMemFree_v2 123456789abcdef0", "cuMemHostAlloc 64 3",
                "cuMemHostGetDevicePointer_v2 1 0", "cuMemFreeHost 1");

        try (Arena arena = Arena.ofConfined()) {
            MemorySegment memory = arena.allocate(4096, 4096);
            String address = Long.toHexString(memory.address());
            driver.registerHost(memory, 2);
            driver.unregisterHost(memory);
            called("cuMemHostRegister_v2 " + address + " 4096 2", "cuMemHostUnregister " + address);
        }
    }

    @Test
    void copiesAndFills() {
        try (Arena arena = Arena.ofConfined()) {
            MemorySegment memory = arena.allocate(100).asSlice(10, 20);
            String address = Long.toHexString(memory.address());
            driver.copyToDevice(WIDE, memory);
            driver.copyToHost(memory, WIDE);
            assertThat(memory.get(JAVA_BYTE, 19)).isEqualTo((byte) 0x5a);
            driver.copyToDeviceAsync(WIDE, memory, STREAM);
            driver.copyToHostAsync(memory, WIDE, STREAM);
            driver.copyAsync(WIDE, 0xf0, 1L << 33, STREAM);
            driver.fillAsync(WIDE, (byte) 0xf1, 1L << 33, STREAM);
            called("cuMemcpyHtoD_v2 123456789abcdef0 " + address + " 20",
                    "cuMemcpyDtoH_v2 " + address + " 123456789abcdef0 20",
                    "cuMemcpyHtoDAsync_v2 123456789abcdef0 " + address + " 20 aaaabbbbcccc",
                    "cuMemcpyDtoHAsync_v2 " + address + " 123456789abcdef0 20 aaaabbbbcccc",
                    "cuMemcpyDtoDAsync_v2 123456789abcdef0 f0 8589934592 aaaabbbbcccc",
                    "cuMemsetD8Async 123456789abcdef0 241 8589934592 aaaabbbbcccc");
        }
    }

    @Test
    void batchesOfCopies(@TempDir Path directory) throws Exception {
        long[] targets = {1, WIDE};
        long[] sources = {2, 0xf0};
        long[] sizes = {3, 1L << 33};
        String batch = "[1 2 3][123456789abcdef0 f0 8589934592]{0: 1 0 0 0 0 0}";
        driver.copyBatchAsync(targets, sources, sizes, STREAM);
        called(batch + "cuMemcpyBatchAsync_v2 aaaabbbbcccc");
        driver.copyBatchAsync(new long[0], new long[0], new long[0], STREAM);
        called();
        assertThatIllegalArgumentException()
                .isThrownBy(() -> driver.copyBatchAsync(targets, sources, new long[1], STREAM));

        FakeDriver indexed = FakeDriver.compile(directory, "INDEXED");
        assertThat(indexed.bridge().supportsBatchCopies()).isTrue();
        indexed.bridge().copyBatchAsync(targets, sources, sizes, STREAM);
        assertThat(indexed.calls()).containsExactly(batch + "cuMemcpyBatchAsync aaaabbbbcccc");
    }

    @Test
    void longBatchesOutgrowTheScratchMemory() {
        int count = 700;
        long[] addresses = new long[count];
        Arrays.setAll(addresses, i -> i + 1L);
        driver.copyBatchAsync(addresses, addresses, addresses, STREAM);

        StringBuilder expected = new StringBuilder();
        for (int i = 1; i <= count; i++) {
            expected.append("[%x %x %d]".formatted(i, i, i));
        }
        called(expected + "{0: 1 0 0 0 0 0}cuMemcpyBatchAsync_v2 aaaabbbbcccc");
    }

    @Test
    void streamsAndEvents() {
        assertThat(driver.createStream(1, -5)).isEqualTo(0x201);
        assertThat(driver.streamIdle(STREAM)).isTrue();
        driver.synchronizeStream(STREAM);
        assertThat(driver.createEvent(2)).isEqualTo(0x202);
        driver.recordEvent(WIDE, STREAM);
        driver.waitForEvent(STREAM, WIDE);
        driver.synchronizeEvent(WIDE);
        assertThat(driver.eventHappened(WIDE)).isTrue();
        assertThat(driver.elapsedMillis(WIDE, 3)).isEqualTo(1.25f);
        driver.destroyEvent(WIDE);
        driver.destroyStream(STREAM);
        called("cuStreamCreateWithPriority 1 -5", "cuStreamQuery aaaabbbbcccc", "cuStreamSynchronize aaaabbbbcccc",
                "cuEventCreate 2", "cuEventRecord 123456789abcdef0 aaaabbbbcccc",
                "cuStreamWaitEvent aaaabbbbcccc 123456789abcdef0 0", "cuEventSynchronize 123456789abcdef0",
                "cuEventQuery 123456789abcdef0", "cuEventElapsedTime_v2 123456789abcdef0 3",
                "cuEventDestroy_v2 123456789abcdef0", "cuStreamDestroy_v2 aaaabbbbcccc");
    }

    @Test
    void workThatStillRunsIsAnAnswer() {
        fake.answer("cuStreamQuery", CudaResult.NOT_READY);
        fake.answer("cuEventQuery", CudaResult.NOT_READY);
        assertThat(driver.streamIdle(STREAM)).isFalse();
        assertThat(driver.eventHappened(WIDE)).isFalse();

        fake.reset();
        fake.answer("cuStreamQuery", CudaResult.ILLEGAL_ADDRESS);
        assertThat(failureOf(() -> driver.streamIdle(STREAM)).sticky()).isTrue();
    }

    @Test
    void launches() {
        MemorySegment arguments = MemorySegment.ofArray(new byte[]{1, 2, 3, 0x7f, -1});
        driver.launch(WIDE, new LaunchShape(1, 2, 3, 4, 5, 6, 7, 1, false), STREAM, arguments);
        called("123456789abcdef0 (1 2 3) (4 5 6) 7 aaaabbbbcccc 0 0102037fffcuLaunchKernel");
        driver.launch(WIDE, LaunchShape.of(9, 1, 1, 32, 0), 0, MemorySegment.ofArray(new byte[0]));
        called("123456789abcdef0 (9 1 1) (32 1 1) 0 0 0 nonecuLaunchKernel");
    }

    @Test
    void launchesWithAttributes() {
        MemorySegment arguments = MemorySegment.ofArray(new byte[]{1, 2, 3});
        driver.launch(WIDE, new LaunchShape(8, 2, 3, 4, 5, 6, 7, 2, true), STREAM, arguments);
        driver.launch(WIDE, new LaunchShape(8, 1, 1, 4, 1, 1, 0, 4, false), STREAM, arguments);
        driver.launch(WIDE, new LaunchShape(8, 1, 1, 4, 1, 1, 0, 1, true), STREAM, MemorySegment.ofArray(new byte[0]));
        called("123456789abcdef0 (8 2 3) (4 5 6) 7 aaaabbbbcccc 0 cluster 2 1 1 attribute 6 = 1 010203cuLaunchKernelEx",
                "123456789abcdef0 (8 1 1) (4 1 1) 0 aaaabbbbcccc 0 cluster 4 1 1 010203cuLaunchKernelEx",
                "123456789abcdef0 (8 1 1) (4 1 1) 0 aaaabbbbcccc 0 attribute 6 = 1 nonecuLaunchKernelEx");
    }

    @Test
    void graphs() {
        driver.beginCapture(STREAM, 1);
        assertThat(driver.endCapture(STREAM)).isEqualTo(0x301);
        assertThat(driver.graphNodes(WIDE)).isEqualTo(9);
        assertThat(driver.instantiate(WIDE)).isEqualTo(0x302);
        assertThat(driver.updateGraph(WIDE, 5)).isTrue();
        driver.launchGraph(WIDE, STREAM);
        driver.destroyExecutable(WIDE);
        driver.destroyGraph(WIDE);
        called("cuStreamBeginCapture_v2 aaaabbbbcccc 1", "cuStreamEndCapture aaaabbbbcccc",
                "cuGraphGetNodes 123456789abcdef0 0", "cuGraphInstantiateWithFlags 123456789abcdef0 0",
                "cuGraphExecUpdate_v2 123456789abcdef0 5", "cuGraphLaunch 123456789abcdef0 aaaabbbbcccc",
                "cuGraphExecDestroy 123456789abcdef0", "cuGraphDestroy 123456789abcdef0");

        fake.answer("cuGraphExecUpdate_v2", Call.GRAPH_UPDATE_FAILURE);
        assertThat(driver.updateGraph(WIDE, 5)).isFalse();
    }

    @Test
    void tensorMaps() {
        try (Arena arena = Arena.ofConfined()) {
            MemorySegment map = arena.allocate(128, 64);
            driver.encodeTensorMap(map, new TensorMapShape(9, WIDE, List.of(512L, 1L << 32, 3L),
                    List.of(1024L, 1L << 39), List.of(64, 256, 1), 3, 2, true));
            assertThat(map.get(JAVA_BYTE, 127)).isEqualTo((byte) 0x3c);
            called("9 3 123456789abcdef0 [512 box 64 step 1 stride 1024] [4294967296 box 256 step 1 stride 549755813888]"
                    + " [3 box 1 step 1 stride 0] 0 3 2 1cuTensorMapEncodeTiled");

            var unequal = new TensorMapShape(9, WIDE, List.of(512L, 4L), List.of(), List.of(64, 1), 0, 0, false);
            assertThat(failureOf(() -> driver.encodeTensorMap(map, unequal)).code())
                    .isEqualTo(CudaResult.INVALID_VALUE);
            assertThatIllegalArgumentException()
                    .isThrownBy(() -> driver.encodeTensorMap(map.asSlice(64), unequal));
            called();
        }
    }

    @Test
    void failuresCarryTheDriversWords() {
        fake.answer("cuMemAlloc_v2", CudaResult.OUT_OF_MEMORY);
        CudaException known = failureOf(() -> driver.allocate(1));
        assertThat(known).hasMessage("cuMemAlloc_v2: CUDA_ERROR_OUT_OF_MEMORY (2), out of memory");
        assertThat(known.outOfMemory()).isTrue();

        fake.answer("cuLaunchKernel", 4242);
        assertThat(failureOf(() -> driver.launch(1, LaunchShape.of(1, 1, 1, 1, 0), 0,
                MemorySegment.ofArray(new byte[0]))))
                .hasMessage("cuLaunchKernel: CUDA_ERROR_UNKNOWN (4242), the driver does not know this result");
    }

    @Test
    void heapAndFreedMemoryAreRefused() {
        assertThatIllegalArgumentException()
                .isThrownBy(() -> driver.copyToDevice(1, MemorySegment.ofArray(new byte[4])));
        MemorySegment freed;
        try (Arena arena = Arena.ofConfined()) {
            freed = arena.allocate(16);
        }
        assertThatIllegalStateException().isThrownBy(() -> driver.copyToDevice(1, freed));
        assertThatIllegalStateException()
                .isThrownBy(() -> driver.launch(1, LaunchShape.of(1, 1, 1, 1, 0), 0, freed));
        called();
    }

    @Test
    void functionsAreLookedUpWhenCalled() {
        FfmCudaDriver bridge = old.bridge();
        assertThat(bridge.deviceCount()).isEqualTo(3);

        CudaException failure = failureOf(() -> bridge.allocate(1));
        assertThat(failure.code()).isEqualTo(CudaResult.NOT_SUPPORTED);
        assertThat(failure).hasMessage("cuMemAlloc_v2: CUDA_ERROR_NOT_SUPPORTED (801),"
                + " the installed driver does not have this function");
        assertThat(bridge.deviceCount()).isEqualTo(3);
    }

    @Test
    void oldDriversLackWhatCameLater() {
        assertThat(driver.supportsLaunchAttributes()).isTrue();
        assertThat(driver.supportsTensorMaps()).isTrue();
        assertThat(driver.supportsBatchCopies()).isTrue();

        FfmCudaDriver bridge = old.bridge();
        assertThat(bridge.supportsLaunchAttributes()).isFalse();
        assertThat(bridge.supportsTensorMaps()).isFalse();
        assertThat(bridge.supportsBatchCopies()).isFalse();
        assertThat(bridge.elapsedMillis(1, 2)).isEqualTo(1.25f);
        assertThat(old.calls()).containsExactly("cuEventElapsedTime 1 2");

        MemorySegment nothing = MemorySegment.ofArray(new byte[0]);
        var clustered = new LaunchShape(2, 1, 1, 1, 1, 1, 0, 2, false);
        var shape = new TensorMapShape(9, 0, List.of(64L), List.of(), List.of(64), 0, 0, false);
        for (ThrowingCallable call : List.<ThrowingCallable>of(
                () -> bridge.launch(1, clustered, 0, nothing),
                () -> bridge.encodeTensorMap(Arena.ofAuto().allocate(128, 64), shape),
                () -> bridge.copyBatchAsync(new long[1], new long[1], new long[1], 1))) {
            assertThat(failureOf(call).code()).isEqualTo(CudaResult.NOT_SUPPORTED);
        }
        assertThat(old.calls()).isEmpty();
    }
}
