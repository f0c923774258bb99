/* SPDX-License-Identifier: Apache-2.0 */
package io.pinyon.bench;

import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;
import java.util.concurrent.TimeUnit;

import io.pinyon.cuda.driver.CudaDriver;
import org.openjdk.jmh.annotations.AuxCounters;
import org.openjdk.jmh.annotations.Benchmark;
import org.openjdk.jmh.annotations.BenchmarkMode;
import org.openjdk.jmh.annotations.Fork;
import org.openjdk.jmh.annotations.Level;
import org.openjdk.jmh.annotations.Measurement;
import org.openjdk.jmh.annotations.Mode;
import org.openjdk.jmh.annotations.OutputTimeUnit;
import org.openjdk.jmh.annotations.Param;
import org.openjdk.jmh.annotations.Scope;
import org.openjdk.jmh.annotations.Setup;
import org.openjdk.jmh.annotations.State;
import org.openjdk.jmh.annotations.TearDown;
import org.openjdk.jmh.annotations.Warmup;

/** Copies of host memory to the device, page-locked as weights are uploaded, and pageable for contrast. */
@BenchmarkMode(Mode.Throughput)
@OutputTimeUnit(TimeUnit.SECONDS)
@Warmup(iterations = 2, time = 1)
@Measurement(iterations = 3, time = 1)
@Fork(value = 1, jvmArgsAppend = "--enable-native-access=ALL-UNNAMED")
@State(Scope.Thread)
public class UploadBenchmark {
    private static final int PORTABLE = 1;
    private static final int PAGE = 4096;

    @Param({"ffm", "javacpp", "jcuda"})
    public String bridge = "ffm";

    @Param({"1", "4", "16", "64", "256"})
    public int mebibytes;

    private Cuda cuda;
    private CudaDriver driver;
    private MemorySegment pinned;
    private MemorySegment pageable;
    private long device;

    /** What an invocation adds to the counters of its iteration. */
    @State(Scope.Thread)
    @AuxCounters(AuxCounters.Type.OPERATIONS)
    public static class Counters {
        /** Bytes that arrived. */
        public double bytesPerSecond;

        /** Starts an iteration. */
        @Setup(Level.Iteration)
        public void reset() {
            bytesPerSecond = 0;
        }
    }

    /** Opens the GPU and touches all memory. */
    @Setup
    public void open() {
        cuda = new Cuda(bridge);
        driver = cuda.driver();
        long bytes = (long) mebibytes << 20;
        pageable = Arena.ofAuto().allocate(bytes, PAGE).fill((byte) 1);
        pinned = driver.allocateHost(bytes, PORTABLE).fill((byte) 1);
        device = driver.allocate(bytes);
    }

    /** Gives everything back. */
    @TearDown
    public void close() {
        driver.free(device);
        driver.freeHost(pinned);
        cuda.close();
    }

    /** Out of page-locked memory. */
    @Benchmark
    public void pinned(Counters counters) {
        driver.copyToDeviceAsync(device, pinned, cuda.stream());
        cuda.await();
        counters.bytesPerSecond += pinned.byteSize();
    }

    /** Out of ordinary memory, which the driver copies through its own. */
    @Benchmark
    public void pageable(Counters counters) {
        driver.copyToDevice(device, pageable);
        counters.bytesPerSecond += pageable.byteSize();
    }
}
