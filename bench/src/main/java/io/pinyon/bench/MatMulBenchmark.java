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

/** Many rows times a matrix: the work of prefill. */
@BenchmarkMode(Mode.Throughput)
@OutputTimeUnit(TimeUnit.SECONDS)
@Warmup(iterations = 5, time = 1)
@Measurement(iterations = 5, time = 1)
@Fork(value = 1, jvmArgsAppend = {"--add-modules", "jdk.incubator.vector"})
@State(Scope.Thread)
public class MatMulBenchmark {
    @Param({"F32", "Q8_0", "Q4_K"})
    public String format = "Q8_0";

    @Param({"16", "64", "512"})
    public int rows;

    @Param({"512", "2048"})
    public int k;

    @Param("2048")
    public int n;

    @Param("0")
    public int threads;

    private Device device;
    private Weights weights;
    private Tensor x;
    private Tensor out;

    /** What an invocation adds to the counters of its iteration. */
    @State(Scope.Thread)
    @AuxCounters(AuxCounters.Type.OPERATIONS)
    public static class Counters {
        /** Floating point operations. */
        public double flops;

        /** Starts an iteration. */
        @Setup(Level.Iteration)
        public void reset() {
            flops = 0;
        }
    }

    /** Allocates. */
    @Setup
    public void open() {
        device = Cpu.open(threads);
        weights = new Weights(device, format, n, k, 0);
        x = Cpu.normal(device, rows, k);
        out = device.allocate(rows, n);
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
    public void matMul(Counters counters) {
        device.ops().matmul(x, weights.next(), out);
        counters.flops += 2.0 * rows * k * n;
    }
}
