/* SPDX-License-Identifier: Apache-2.0 */
package io.pinyon.bench;

import java.util.ArrayList;
import java.util.Collections;
import java.util.List;
import java.util.Optional;
import java.util.concurrent.TimeUnit;

import io.pinyon.device.AttentionSpec;
import io.pinyon.device.Device;
import io.pinyon.device.DeviceOptions;
import io.pinyon.device.Devices;
import io.pinyon.device.FarAttention;
import io.pinyon.device.KvLayout;
import io.pinyon.device.KvPage;
import io.pinyon.device.KvSpan;
import io.pinyon.device.KvTable;
import io.pinyon.device.KvTiers;
import io.pinyon.device.KvView;
import io.pinyon.device.Tensor;
import io.pinyon.format.KvFormats;
import io.pinyon.memory.Tier;
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

/**
 * Attention on a GPU of the last rows of a context whose older pages lie in host memory, layer after layer, in the shape of
 * Llama 3.1 8B; {@link UploadBenchmark} is the ceiling of what comes over the bus.
 */
@BenchmarkMode(Mode.Throughput)
@OutputTimeUnit(TimeUnit.SECONDS)
@Warmup(iterations = 3, time = 1)
@Measurement(iterations = 3, time = 2)
@Fork(value = 1, jvmArgsAppend = {"--add-modules", "jdk.incubator.vector", "--enable-native-access=ALL-UNNAMED"})
@State(Scope.Thread)
public class FarAttentionBenchmark {
    private static final int LAYERS = 4;
    private static final int HEADS = 32;
    private static final int KV_HEADS = 8;
    private static final int DIM = 128;
    private static final int PAGE_TOKENS = 64;
    private static final int FILLED_AT_ONCE = 4096;

    @Param({"FETCH", "IN_PLACE", "AUTO"})
    public FarAttention far = FarAttention.FETCH;

    @Param({"0", "75", "100"})
    public int farPercent;

    @Param({"1", "512"})
    public int rows;

    @Param("65536")
    public int context;

    @Param("64")
    public int groupMebibytes;

    private Device device;
    private final List<KvPage> pages = new ArrayList<>();
    private KvTable table;
    private Tensor queries;
    private Tensor out;
    private AttentionSpec spec;
    private KvSpan span;
    private long farBytes;
    private long allBytes;
    private final float[] result = new float[HEADS * DIM];

    /** What an invocation adds to the counters of its iteration. */
    @State(Scope.Thread)
    @AuxCounters(AuxCounters.Type.OPERATIONS)
    public static class Counters {
        /** Bytes of far entries that were attended to. */
        public double farBytesPerSecond;

        /** Bytes of all entries that were attended to. */
        public double bytesPerSecond;

        /** Starts an iteration. */
        @Setup(Level.Iteration)
        public void reset() {
            farBytesPerSecond = 0;
            bytesPerSecond = 0;
        }
    }

    /** Fills the cache and moves its older part. */
    @Setup
    public void open() {
        device = Devices.open("cuda", DeviceOptions.defaults()).device();
        device.openTiers(new KvTiers((long) groupMebibytes << 20, far, Optional.empty()));
        var layout = new KvLayout(KvFormats.F16, KvFormats.F16, KV_HEADS, DIM, DIM, PAGE_TOKENS);
        int farPages = context / PAGE_TOKENS * farPercent / 100;
        List<KvView> views = new ArrayList<>();
        for (int layer = 0; layer < LAYERS; layer++) {
            List<KvPage> ofLayer = new ArrayList<>();
            for (int i = 0; i < context; i += PAGE_TOKENS) {
                ofLayer.add(device.allocatePage(layout));
            }
            pages.addAll(ofLayer);
            views.add(new KvView(layout, ofLayer));
        }
        table = device.allocateKvTable(LAYERS, FILLED_AT_ONCE);
        fill(views);
        List<KvPage> moved = views.stream().flatMap(view -> view.pages().subList(0, farPages).stream()).toList();
        device.move(moved, Tier.HOST);
        farBytes = moved.stream().mapToLong(KvPage::bytes).sum();
        allBytes = pages.stream().mapToLong(KvPage::bytes).sum();
        queries = Cpu.normal(device, rows, HEADS * DIM);
        out = device.allocate(rows, HEADS * DIM);
        spec = new AttentionSpec(HEADS, KV_HEADS, DIM, DIM, (float) (1 / Math.sqrt(DIM)), 0, 0);
        span = new KvSpan(views, 0, rows, context - rows);
    }

    private void fill(List<KvView> views) {
        try (Tensor entries = Cpu.normal(device, FILLED_AT_ONCE, KV_HEADS * DIM)) {
            for (int from = 0; from < context; from += FILLED_AT_ONCE) {
                device.write(table, FILLED_AT_ONCE, List.of(new KvSpan(views, 0, FILLED_AT_ONCE, from)));
                for (int layer = 0; layer < LAYERS; layer++) {
                    device.ops().storeKv(entries, entries, table.layer(layer));
                }
            }
        }
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

    /** A step's attention in all layers, with the writing of its table, up to the result. */
    @Benchmark
    public float step(Counters counters) {
        device.write(table, rows, Collections.singletonList(span));
        for (int layer = 0; layer < LAYERS; layer++) {
            device.ops().attention(queries, table.layer(layer), spec, out);
        }
        device.read(out.rows(0, 1), result, 0);
        counters.farBytesPerSecond += farBytes;
        counters.bytesPerSecond += allBytes;
        return result[0];
    }
}
