/* SPDX-License-Identifier: Apache-2.0 */
package io.pinyon.bench;

import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.TimeUnit;

import io.pinyon.device.AttentionSpec;
import io.pinyon.device.Device;
import io.pinyon.device.KvLayout;
import io.pinyon.device.KvPage;
import io.pinyon.device.KvSpan;
import io.pinyon.device.KvTable;
import io.pinyon.device.KvView;
import io.pinyon.device.Tensor;
import io.pinyon.format.KvFormats;
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

/** Causal attention of the last rows of a context, in the shape of Llama 3.2 1B. */
@BenchmarkMode(Mode.Throughput)
@OutputTimeUnit(TimeUnit.SECONDS)
@Warmup(iterations = 5, time = 1)
@Measurement(iterations = 5, time = 1)
@Fork(value = 1, jvmArgsAppend = {"--add-modules", "jdk.incubator.vector"})
@State(Scope.Thread)
public class AttentionBenchmark {
    private static final int HEADS = 32;
    private static final int KV_HEADS = 8;
    private static final int DIM = 64;
    private static final int PAGE_TOKENS = 64;

    @Param({"f16", "f32"})
    public String kv = "f16";

    @Param({"1", "512"})
    public int rows;

    @Param({"2048", "8192"})
    public int context;

    @Param("0")
    public int threads;

    private Device device;
    private final List<KvPage> pages = new ArrayList<>();
    private Tensor queries;
    private Tensor out;
    private AttentionSpec spec;
    private KvTable table;
    private double flops;
    private long bytes;

    /** What an invocation adds to the counters of its iteration. */
    @State(Scope.Thread)
    @AuxCounters(AuxCounters.Type.OPERATIONS)
    public static class Counters {
        /** Floating point operations of both products. */
        public double flops;

        /** Bytes of cached entries. */
        public double bytesPerSecond;

        /** Starts an iteration. */
        @Setup(Level.Iteration)
        public void reset() {
            flops = 0;
            bytesPerSecond = 0;
        }
    }

    /** Fills the cache. */
    @Setup
    public void open() {
        device = Cpu.open(threads);
        var format = KvFormats.byName(kv).orElseThrow();
        KvLayout layout = new KvLayout(format, format, KV_HEADS, DIM, DIM, PAGE_TOKENS);
        for (int i = 0; i < context; i += PAGE_TOKENS) {
            pages.add(device.allocatePage(layout));
        }
        KvView view = new KvView(layout, pages);
        table = device.allocateKvTable(1, context);
        device.write(table, context, List.of(new KvSpan(List.of(view), 0, context, 0)));
        try (Tensor entries = Cpu.normal(device, context, KV_HEADS * DIM)) {
            device.ops().storeKv(entries, entries, table.layer(0));
        }
        queries = Cpu.normal(device, rows, HEADS * DIM);
        out = device.allocate(rows, HEADS * DIM);
        spec = new AttentionSpec(HEADS, KV_HEADS, DIM, DIM, 0.125f, 0, 0);
        device.write(table, rows, List.of(new KvSpan(List.of(view), 0, rows, context - rows)));
        flops = 4.0 * HEADS * DIM * rows * (context - (rows - 1) / 2.0);
        bytes = layout.tokenBytes() * context;
    }

    /** Gives everything back. */
    @TearDown
    public void close() {
        queries.close();
        out.close();
        table.close();
        pages.forEach(KvPage::close);
        device.close();
    }

    /** One layer. */
    @Benchmark
    public void attention(Counters counters) {
        device.ops().attention(queries, table.layer(0), spec, out);
        counters.flops += flops;
        counters.bytesPerSecond += bytes;
    }
}
