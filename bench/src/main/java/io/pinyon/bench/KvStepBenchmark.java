/* SPDX-License-Identifier: Apache-2.0 */
package io.pinyon.bench;

import java.util.Collections;
import java.util.List;
import java.util.concurrent.TimeUnit;
import java.util.stream.IntStream;

import io.pinyon.device.Device;
import io.pinyon.device.DeviceOptions;
import io.pinyon.device.Devices;
import io.pinyon.device.KvLayout;
import io.pinyon.device.KvSpan;
import io.pinyon.device.KvTable;
import io.pinyon.device.KvView;
import io.pinyon.format.KvFormats;
import io.pinyon.kv.KvCache;
import io.pinyon.kv.PagedKvCache;
import org.openjdk.jmh.annotations.Benchmark;
import org.openjdk.jmh.annotations.BenchmarkMode;
import org.openjdk.jmh.annotations.Fork;
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
 * What a decode step costs beside its ops: room for one token in all layers, views, block tables, commit. Pages are small, so
 * that their number, not their bytes, is that of a long context.
 */
@BenchmarkMode(Mode.AverageTime)
@OutputTimeUnit(TimeUnit.MICROSECONDS)
@Warmup(iterations = 3, time = 1)
@Measurement(iterations = 5, time = 1)
@Fork(value = 1, jvmArgsAppend = {"--add-modules", "jdk.incubator.vector", "--enable-native-access=ALL-UNNAMED"})
@State(Scope.Thread)
public class KvStepBenchmark {
    private static final int LAYERS = 32;
    private static final int PAGE_TOKENS = 64;
    private static final int ROOM = 64 * PAGE_TOKENS;

    @Param({"cpu", "cuda"})
    public String kind = "cpu";

    @Param({"8192", "131072"})
    public int context;

    private Device device;
    private KvCache cache;
    private KvTable table;

    /** Fills the cache. */
    @Setup
    public void open() {
        device = Devices.open(kind, DeviceOptions.defaults()).device();
        List<KvLayout> layouts = Collections.nCopies(LAYERS,
                new KvLayout(KvFormats.F16, KvFormats.F16, 1, 8, 8, PAGE_TOKENS));
        cache = new PagedKvCache(device, layouts, context + ROOM);
        cache.reserve(context);
        cache.commit(context);
        table = device.allocateKvTable(LAYERS, 1);
    }

    /** Gives everything back. */
    @TearDown
    public void close() {
        table.close();
        cache.close();
        device.close();
    }

    /** One step; now and then the cache is cut back to where it began. */
    @Benchmark
    public int step() {
        if (cache.length() == cache.capacity()) {
            cache.truncate(context);
        }
        cache.reserve(1);
        List<KvView> views = IntStream.range(0, LAYERS).mapToObj(cache::view).toList();
        device.write(table, 1, List.of(new KvSpan(views, 0, 1, cache.length())));
        cache.commit(1);
        return cache.length();
    }
}
