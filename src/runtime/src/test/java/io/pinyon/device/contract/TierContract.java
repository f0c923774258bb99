/* SPDX-License-Identifier: Apache-2.0 */
package io.pinyon.device.contract;

import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.OptionalLong;
import java.util.Random;
import java.util.stream.IntStream;

import io.pinyon.device.AttentionSpec;
import io.pinyon.device.FarAttention;
import io.pinyon.device.KvLayout;
import io.pinyon.device.KvPage;
import io.pinyon.device.KvSpan;
import io.pinyon.device.KvTable;
import io.pinyon.device.PageStore;
import io.pinyon.device.Tensor;
import io.pinyon.format.KvFormat;
import io.pinyon.format.KvFormats;
import io.pinyon.kv.place.PageFile;
import io.pinyon.memory.Tier;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

import static org.assertj.core.api.Assertions.assertThat;

/** Pages that lie elsewhere than in a device's own memory hold what they held and are read all the same. */
public interface TierContract extends DeviceSupplier {
    /** Whether attention gives the same bits wherever pages lie, rather than others within {@link Tolerances}. */
    default boolean sameBitsFromAnywhere(Tier own) {
        return own == Tier.HOST;
    }

    @Test
    default void attentionReadsPagesWhereverTheyAre() {
        Random random = Seeds.random("tiers");
        for (int round = 0; round < 12; round++) {
            try (MemoryStore store = new MemoryStore()) {
                try (Lab lab = lab()) {
                    live(lab, store, round, random);
                }
                assertThat(store.size()).as("pages left behind").isZero();
            }
        }
    }

    private void live(Lab lab, MemoryStore store, int round, Random random) {
        List<FarAttention> ways = Moves.ways(lab.device());
        List<Integer> pageTokens = lab.device().tier() == Tier.HOST ? List.of(1, 2, 8, 16, 64) : List.of(16, 32, 64);
        KvFormat format = KvFormats.all().get(round % KvFormats.all().size());
        var specs = new ArrayList<AttentionSpec>();
        var layouts = new ArrayList<KvLayout>();
        for (int i = 0; i < 1 + random.nextInt(3); i++) {
            specs.add(spec(random));
            layouts.add(new KvLayout(format, format, specs.get(i).kvHeads(), specs.get(i).keyDim(),
                    specs.get(i).valueDim(), Samples.pick(pageTokens, random)));
        }
        long largest = layouts.stream().mapToLong(KvLayout::pageBytes).max().orElseThrow();
        lab.device().openTiers(Moves.tiers(largest, ways.get(round % ways.size()), store));
        int[] lengths = IntStream.range(0, 1 + random.nextInt(3)).map(_ -> 20 + random.nextInt(130)).toArray();
        List<List<Sequence>> far = layouts.stream()
                .map(layout -> Arrays.stream(lengths).mapToObj(length -> new Sequence(lab, layout, length, random))
                        .toList())
                .toList();
        List<List<Sequence>> near = far.stream()
                .map(layer -> layer.stream().map(Sequence::withOtherPages).toList()).toList();
        run(lab, specs, far, near, lengths, random);
    }

    private static AttentionSpec spec(Random random) {
        int[] heads = Samples.pick(List.of(new int[]{1, 1}, new int[]{4, 2}, new int[]{6, 2}, new int[]{7, 1}), random);
        int dim = Samples.pick(List.of(16, 20, 32, 64, 80, 128), random);
        return new AttentionSpec(heads[0], heads[1], dim, dim, (float) (1 / Math.sqrt(dim)), 0,
                random.nextBoolean() ? 0 : 1 + random.nextInt(60));
    }

    /** Steps of random lengths of all sequences together, with random moves before each. */
    private void run(Lab lab, List<AttentionSpec> specs, List<List<Sequence>> far, List<List<Sequence>> near,
            int[] lengths, Random random) {
        List<KvPage> moving = pages(far);
        List<KvPage> all = new ArrayList<>(moving);
        all.addAll(pages(near));
        int[] done = new int[lengths.length];
        try (KvTable farTable = lab.device().allocateKvTable(specs.size(), 500);
                KvTable nearTable = lab.device().allocateKvTable(specs.size(), 500)) {
            while (!Arrays.equals(done, lengths)) {
                List<Integer> turn = IntStream.range(0, lengths.length).filter(s -> done[s] < lengths[s]).boxed()
                        .toList();
                int[] counts = IntStream.range(0, lengths.length)
                        .map(s -> Math.min(lengths[s] - done[s], random.nextInt(3) == 0 ? 1 : 1 + random.nextInt(60)))
                        .toArray();
                List<List<AttentionCheck.Part>> parts = parts(far, turn, done, counts);
                Moves.random(lab.device(), moving, random);
                Moves.random(lab.device(), moving, random);
                lab.device().move(written(parts), lab.device().tier());
                Moves.assertBooked(lab.device(), all);
                step(lab, farTable, nearTable, specs, parts, parts(near, turn, done, counts), random);
                for (int s : turn) {
                    done[s] += counts[s];
                }
            }
        }
    }

    private static List<KvPage> pages(List<List<Sequence>> layers) {
        return layers.stream().flatMap(List::stream).flatMap(sequence -> sequence.view().pages().stream()).toList();
    }

    private static List<List<AttentionCheck.Part>> parts(List<List<Sequence>> layers, List<Integer> turn, int[] done,
            int[] counts) {
        return layers.stream().map(layer -> turn.stream()
                .map(s -> new AttentionCheck.Part(layer.get(s), done[s], counts[s])).toList()).toList();
    }

    /** Pages of the entries that a step stores. */
    private static List<KvPage> written(List<List<AttentionCheck.Part>> layers) {
        return layers.stream().flatMap(List::stream).flatMap(part -> {
            int tokens = part.sequence().view().layout().pageTokens();
            int last = (part.firstPosition() + part.count() - 1) / tokens;
            return part.sequence().view().pages().subList(part.firstPosition() / tokens, last + 1).stream();
        }).toList();
    }

    private void step(Lab lab, KvTable farTable, KvTable nearTable, List<AttentionSpec> specs,
            List<List<AttentionCheck.Part>> far, List<List<AttentionCheck.Part>> near, Random random) {
        int rows = AttentionCheck.rows(far.getFirst());
        List<KvSpan> spans = AttentionCheck.spans(far);
        lab.device().write(farTable, rows, spans);
        lab.device().write(nearTable, rows, AttentionCheck.spans(near));
        assertThat(nearTable.local()).isTrue();
        assertThat(farTable.local()).isEqualTo(spans.stream().flatMap(span -> span.views().stream())
                .flatMap(view -> view.pages().stream()).allMatch(page -> page.tier() == lab.device().tier()));
        for (int i = 0; i < specs.size(); i++) {
            AttentionCheck.storeTogether(lab, farTable.layer(i), far.get(i), random);
            AttentionCheck.storeTogether(lab, nearTable.layer(i), near.get(i), random);
            if (sameBitsFromAnywhere(lab.device().tier())) {
                Tensor queries = lab.tensor(rows,
                        Samples.normal(rows * specs.get(i).heads() * specs.get(i).keyDim(), random));
                assertThat(attend(lab, queries, farTable.layer(i), specs.get(i)))
                        .isEqualTo(attend(lab, queries, nearTable.layer(i), specs.get(i)));
            } else {
                AttentionCheck.run(lab, farTable.layer(i), specs.get(i), far.get(i), 1, random);
            }
        }
    }

    private static float[] attend(Lab lab, Tensor queries, KvTable.Layer layer, AttentionSpec spec) {
        try (Tensor out = lab.device().allocate(queries.rows(), spec.heads() * spec.valueDim())) {
            lab.ops().attention(queries, layer, spec, out);
            return lab.read(out);
        }
    }

    @Test
    default void aMovedPageHoldsWhatItHeld() {
        Random random = Seeds.random("moved bytes");
        var layout = new KvLayout(KvFormats.F16, KvFormats.F32, 3, 20, 7, 16);
        try (MemoryStore store = new MemoryStore(); Lab lab = lab()) {
            lab.device().openTiers(Moves.tiers(layout.pageBytes(), FarAttention.AUTO, store));
            List<KvPage> pages = lab.view(layout, 16 * 7).pages();
            List<byte[]> expected = new ArrayList<>();
            for (KvPage page : pages) {
                byte[] bytes = new byte[(int) page.bytes()];
                random.nextBytes(bytes);
                lab.device().write(page, MemorySegment.ofArray(bytes));
                expected.add(bytes);
            }
            for (int i = 0; i < 40; i++) {
                Moves.random(lab.device(), pages, random);
                Moves.assertBooked(lab.device(), pages);
                for (int p = 0; p < pages.size(); p++) {
                    assertThat(read(lab, pages.get(p))).as("on %s", pages.get(p).tier()).isEqualTo(expected.get(p));
                }
                int chosen = random.nextInt(pages.size());
                if (pages.get(chosen).tier() == lab.device().tier()) {
                    random.nextBytes(expected.get(chosen));
                    lab.device().write(pages.get(chosen), MemorySegment.ofArray(expected.get(chosen)));
                }
            }
            lab.device().move(pages, Tier.DISK);
            lab.device().move(List.of(pages.get(3), pages.get(3), pages.get(1)), lab.device().tier());
            Moves.assertBooked(lab.device(), pages);
            pages.forEach(KvPage::close);
            pages.forEach(KvPage::close);
            assertThat(store.size()).isZero();
            Moves.assertBooked(lab.device(), List.of());
        }
    }

    private static byte[] read(Lab lab, KvPage page) {
        MemorySegment bytes = MemorySegment.ofArray(new byte[(int) page.bytes()]);
        lab.device().read(page, bytes);
        return bytes.toArray(ValueLayout.JAVA_BYTE);
    }

    @Test
    default void anotherDeviceOpensWhatWasLabelled() {
        try (MemoryStore store = new MemoryStore()) {
            byte[][] bytes = leaveLabelledPages(store);
            store.reopen();
            assertThat(store.found()).hasSize(2);
            openLabelledPages(store, bytes);
            assertThat(store.size()).as("closing a page frees its slot").isZero();
        }
    }

    @Test
    default void aPageFileKeepsWhatWasLabelled(@TempDir Path folder) {
        Path path = folder.resolve("kv.pages");
        byte[][] bytes;
        try (PageStore store = PageFile.open(path, new byte[32], 8192, OptionalLong.empty())) {
            bytes = leaveLabelledPages(store);
        }
        try (PageStore store = PageFile.open(path, new byte[32], 8192, OptionalLong.empty())) {
            openLabelledPages(store, bytes);
        }
        try (PageStore store = PageFile.open(path, new byte[32], 8192, OptionalLong.empty())) {
            assertThat(store.found()).isEmpty();
        }
    }

    private KvLayout small() {
        return new KvLayout(KvFormats.F16, KvFormats.F16, 2, 20, 20, 16);
    }

    /** Moves pages 0 to 3 to the store, 1 and 2 with labels, and closes the store before them. */
    private byte[][] leaveLabelledPages(PageStore store) {
        Random random = Seeds.random("labels");
        byte[][] bytes = new byte[4][(int) small().pageBytes()];
        try (Lab lab = lab()) {
            lab.device().openTiers(Moves.tiers(small().pageBytes(), FarAttention.AUTO, store));
            List<KvPage> pages = lab.view(small(), 16 * 4).pages();
            for (int i = 0; i < 4; i++) {
                random.nextBytes(bytes[i]);
                lab.device().write(pages.get(i), MemorySegment.ofArray(bytes[i]));
                pages.get(i).label(i == 0 ? new byte[0] : new byte[]{(byte) i});
            }
            lab.device().move(pages, Tier.DISK);
            pages.get(0).label(new byte[]{0}); // too late
            pages.get(3).close();
            store.close();
        }
        return bytes;
    }

    private void openLabelledPages(PageStore store, byte[][] bytes) {
        try (Lab lab = lab()) {
            lab.device().openTiers(Moves.tiers(small().pageBytes(), FarAttention.AUTO, store));
            List<KvPage> pages = new ArrayList<>();
            for (PageStore.Stored stored : store.found()) {
                KvPage page = lab.device().openPage(stored);
                pages.add(page);
                assertThat(page.tier()).isEqualTo(Tier.DISK);
                assertThat(page.bytes()).isEqualTo(small().pageBytes());
                assertThat(read(lab, page)).isEqualTo(bytes[stored.label().get(0)]);
            }
            assertThat(pages).hasSize(2);
            Moves.assertBooked(lab.device(), pages);
            lab.device().move(pages.subList(0, 1), lab.device().tier());
            assertThat(read(lab, pages.getFirst())).isEqualTo(bytes[1]);
            lab.device().move(pages, Tier.DISK);
            assertThat(read(lab, pages.getFirst())).isEqualTo(bytes[1]);
            Moves.assertBooked(lab.device(), pages);
            pages.forEach(KvPage::close);
        }
    }
}
