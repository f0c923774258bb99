/* SPDX-License-Identifier: Apache-2.0 */
package io.pinyon.bench;

import java.lang.foreign.MemorySegment;
import java.util.concurrent.TimeUnit;

import io.pinyon.cuda.driver.CudaDriver;
import org.openjdk.jmh.annotations.Benchmark;
import org.openjdk.jmh.annotations.BenchmarkMode;
import org.openjdk.jmh.annotations.Fork;
import org.openjdk.jmh.annotations.Level;
import org.openjdk.jmh.annotations.Measurement;
import org.openjdk.jmh.annotations.Mode;
import org.openjdk.jmh.annotations.OperationsPerInvocation;
import org.openjdk.jmh.annotations.OutputTimeUnit;
import org.openjdk.jmh.annotations.Param;
import org.openjdk.jmh.annotations.Scope;
import org.openjdk.jmh.annotations.Setup;
import org.openjdk.jmh.annotations.State;
import org.openjdk.jmh.annotations.TearDown;
import org.openjdk.jmh.annotations.Warmup;

/**
 * What calls of the CUDA driver cost through each bridge. Calls that start work come in batches with one wait at the end,
 * as in a decode step, so that the queue of the driver never fills.
 */
@BenchmarkMode(Mode.AverageTime)
@OutputTimeUnit(TimeUnit.NANOSECONDS)
@Warmup(iterations = 3, time = 1)
@Measurement(iterations = 5, time = 1)
@Fork(value = 1, jvmArgsAppend = "--enable-native-access=ALL-UNNAMED")
@State(Scope.Thread)
public class DriverCallBenchmark {
    private static final int BATCH = 256;
    private static final int LONG_GRAPH = 100;
    private static final int COPY_BYTES = 4096;
    private static final int PORTABLE = 1;
    private static final int WITHOUT_TIMES = 2;

    @Param({"ffm", "javacpp", "jcuda"})
    public String bridge = "ffm";

    private Cuda cuda;
    private CudaDriver driver;
    private long stream;
    private long event;
    private long device;
    private MemorySegment host;
    private long shortGraph;
    private long longGraph;

    /** Opens the GPU. */
    @Setup
    public void open() {
        cuda = new Cuda(bridge);
        driver = cuda.driver();
        stream = cuda.stream();
        event = driver.createEvent(WITHOUT_TIMES);
        device = driver.allocate(COPY_BYTES);
        host = driver.allocateHost(COPY_BYTES, PORTABLE);
        host.fill((byte) 1);
        shortGraph = cuda.graph(1);
        longGraph = cuda.graph(LONG_GRAPH);
    }

    /** Leaves no work behind. */
    @TearDown(Level.Iteration)
    public void await() {
        cuda.await();
    }

    /** Gives everything back. */
    @TearDown
    public void close() {
        driver.destroyExecutable(shortGraph);
        driver.destroyExecutable(longGraph);
        driver.freeHost(host);
        driver.free(device);
        driver.destroyEvent(event);
        cuda.close();
    }

    /** The way to the driver and back: it only reads which context is current. */
    @Benchmark
    public long emptyCall() {
        return driver.currentContext();
    }

    /** Launch of a kernel that does nothing. */
    @Benchmark
    @OperationsPerInvocation(BATCH)
    public void launch() {
        for (int i = 0; i < BATCH; i++) {
            cuda.launch();
        }
        cuda.await();
    }

    /** Asynchronous copy of 4 KiB of page-locked memory to the device. */
    @Benchmark
    @OperationsPerInvocation(BATCH)
    public void smallCopy() {
        for (int i = 0; i < BATCH; i++) {
            driver.copyToDeviceAsync(device, host, stream);
        }
        cuda.await();
    }

    /** Record of an event. */
    @Benchmark
    @OperationsPerInvocation(BATCH)
    public void recordEvent() {
        for (int i = 0; i < BATCH; i++) {
            driver.recordEvent(event, stream);
        }
        cuda.await();
    }

    /** A graph of one kernel that does nothing, until it is done. */
    @Benchmark
    public void graphOf1() {
        driver.launchGraph(shortGraph, stream);
        cuda.await();
    }

    /** A graph of 100 kernels that do nothing, until it is done. */
    @Benchmark
    public void graphOf100() {
        driver.launchGraph(longGraph, stream);
        cuda.await();
    }
}
