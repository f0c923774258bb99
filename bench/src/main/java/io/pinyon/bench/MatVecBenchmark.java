/* SPDX-License-Identifier: Apache-2.0 */
package io.pinyon.bench;

import java.util.concurrent.TimeUnit;

import io.pinyon.device.Device;
import io.pinyon.device.Tensor;
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

/** One row times a matrix that is not in any cache: the work of a decode step. */
@BenchmarkMode(Mode.Throughput)
@OutputTimeUnit(TimeUnit.SECONDS)
@Warmup(iterations = 5, time = 1)
@Measurement(iterations = 5, time = 1)
@Fork(value = 1, jvmArgsAppend = {"--add-modules", "jdk.incubator.vector"})
@State(Scope.Thread)
public class MatVecBenchmark {
    private static final long TOTAL_BYTES = 1L << 30;

    @Param({"Q8_0", "Q4_0", "Q4_K", "Q6_K", "F16", "BF16", "F32"})
    public String format = "Q8_0";

    @Param({"8192x2048", "2048x8192"})
    public String shape = "8192x2048";

    @Param("1")
    public int rows;

    @Param("0")
    public int threads;

    private Device device;
    private Weights weights;
    private Tensor x;
    private Tensor out;
    private long matrixBytes;
    private double ceiling;

    /** What an invocation adds to the counters of its iteration. */
    @State(Scope.Thread)
    @AuxCounters(AuxCounters.Type.OPERATIONS)
    public static class Counters {
        /** Bytes of weights. */
        public double bytesPerSecond;

        /** Bytes of weights, in units of what a plain read of the same memory reached in a second. */
        public double share;

        /** Starts an iteration. */
        @Setup(Level.Iteration)
        public void reset() {
            bytesPerSecond = 0;
            share = 0;
        }
    }

    /** Fills memory with weights and reads it plainly. */
    @Setup
    public void open() throws InterruptedException {
        device = Cpu.open(threads);
        int n = Integer.parseInt(shape.substring(0, shape.indexOf('x')));
        int k = Integer.parseInt(shape.substring(shape.indexOf('x') + 1));
        weights = new Weights(device, format, n, k, TOTAL_BYTES);
        matrixBytes = weights.next().bytes();
        x = Cpu.normal(device, rows, k);
        out = device.allocate(rows, n);
        ceiling = ReadCeiling.measure(weights.memory(),
                threads == 0 ? Runtime.getRuntime().availableProcessors() : threads);
    }

    /** Gives everything back. */
    @TearDown
    public void close() {
        x.close();
        out.close();
        weights.close();
        device.close();
    }

    /** One product. */
    @Benchmark
    public void matVec(Counters counters) {
        device.ops().matmul(x, weights.next(), out);
        counters.bytesPerSecond += matrixBytes;
        counters.share += matrixBytes / ceiling;
    }
}
