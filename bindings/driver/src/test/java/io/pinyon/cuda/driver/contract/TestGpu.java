/* SPDX-License-Identifier: Apache-2.0 */
package io.pinyon.cuda.driver.contract;

import java.io.IOException;
import java.io.InputStream;
import java.io.UncheckedIOException;
import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;
import java.util.ArrayList;
import java.util.List;

import io.pinyon.cuda.driver.CudaDriver;
import io.pinyon.cuda.driver.CudaException;
import io.pinyon.cuda.driver.LaunchShape;
import org.assertj.core.api.ThrowableAssert.ThrowingCallable;

import static java.lang.foreign.ValueLayout.JAVA_BYTE;
import static java.lang.foreign.ValueLayout.JAVA_INT;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.catchThrowableOfType;

/** Device 0 with its primary context current, a stream, and the kernels of the tests; frees what it allocated. */
final class TestGpu implements AutoCloseable {
    static final int NON_BLOCKING = 1;
    static final int PORTABLE = 1;
    static final int MAPPED = 2;
    static final int INVALID_VALUE = 1;
    static final int INVALID_HANDLE = 400;

    private static final int COMPUTE_CAPABILITY_MAJOR = 75;

    private final CudaDriver driver;
    private final Arena arena = Arena.ofConfined();
    private final long context;
    private final long stream;
    private final long module;
    private final List<Long> allocations = new ArrayList<>();

    TestGpu(CudaDriver driver) {
        this.driver = driver;
        context = driver.retainPrimaryContext(0);
        driver.setCurrentContext(context);
        stream = driver.createStream(NON_BLOCKING, 0);
        module = driver.loadModule(image("kernels.ptx"));
    }

    CudaDriver driver() {
        return driver;
    }

    Arena arena() {
        return arena;
    }

    long context() {
        return context;
    }

    long stream() {
        return stream;
    }

    long module() {
        return module;
    }

    long kernel(String name) {
        return driver.function(module, name);
    }

    /** Major part of the compute capability. */
    int capability() {
        return driver.deviceAttribute(0, COMPUTE_CAPABILITY_MAJOR);
    }

    /** An image of the tests, with a zero behind it. */
    MemorySegment image(String name) {
        try (InputStream in = TestGpu.class.getResourceAsStream(name)) {
            if (in == null) {
                throw new IllegalStateException("resource " + name + " is missing");
            }
            byte[] bytes = in.readAllBytes();
            MemorySegment image = arena.allocate(bytes.length + 1L, 64);
            MemorySegment.copy(bytes, 0, image, JAVA_BYTE, 0, bytes.length);
            return image;
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }

    /** Device memory of zeros, until the end of the test. */
    long zeros(long bytes) {
        long address = driver.allocate(bytes);
        allocations.add(address);
        driver.fillAsync(address, (byte) 0, bytes, stream);
        driver.synchronizeStream(stream);
        return address;
    }

    /** Device memory with these values, until the end of the test. */
    long ints(int... values) {
        long address = zeros(4L * values.length);
        driver.copyToDevice(address, arena.allocateFrom(JAVA_INT, values));
        return address;
    }

    int[] read(long address, int count) {
        return bytes(address, 4L * count).toArray(JAVA_INT);
    }

    MemorySegment bytes(long address, long count) {
        MemorySegment host = arena.allocate(count, 64);
        driver.copyToHost(host, address);
        return host;
    }

    /** Launches on the stream of the test. */
    void launch(String kernel, int blocks, int threads, Object... parameters) {
        driver.launch(kernel(kernel), LaunchShape.of(blocks, 1, 1, threads, 0), stream,
                Parameters.pack(arena, parameters));
    }

    void await() {
        driver.synchronizeStream(stream);
    }

    static CudaException failureOf(ThrowingCallable call) {
        CudaException failure = catchThrowableOfType(CudaException.class, call);
        assertThat(failure).as("the call had to fail").isNotNull();
        assertThat(failure.call()).startsWith("cu");
        return failure;
    }

    /** A call fails with this code, and the context survives it. */
    void refused(int code, ThrowingCallable call) {
        CudaException failure = failureOf(call);
        assertThat(failure.code()).as(failure.getMessage()).isEqualTo(code);
        assertThat(failure).hasMessageContaining(driver.errorName(code)).hasMessageContaining(driver.errorText(code));
        assertThat(failure.sticky()).isFalse();
    }

    @Override
    public void close() {
        try {
            driver.setCurrentContext(context);
            driver.synchronizeContext();
        } catch (CudaException e) {
            // the test that lost it fails, not those after it
            abandon();
            throw e;
        }
        allocations.forEach(driver::free);
        driver.unloadModule(module);
        driver.destroyStream(stream);
        driver.setCurrentContext(0);
        driver.releasePrimaryContext(0);
        arena.close();
    }

    /** Leaves a context that a fault has lost: nothing in it can be freed. */
    void abandon() {
        driver.resetPrimaryContext(0);
        driver.setCurrentContext(0);
        driver.releasePrimaryContext(0);
        arena.close();
    }
}
