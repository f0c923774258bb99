/* SPDX-License-Identifier: Apache-2.0 */
package io.pinyon.model;

import java.io.IOException;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.stream.IntStream;

import io.pinyon.device.Device;
import io.pinyon.device.DeviceOptions;
import io.pinyon.device.Tensor;
import io.pinyon.device.scalar.ScalarDevice;
import io.pinyon.error.EngineException;
import io.pinyon.format.KvFormat;
import io.pinyon.format.KvFormats;
import io.pinyon.kv.KvCache;
import io.pinyon.kv.PagedKvCache;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

/** Decode steps that are recorded and run again, against steps that are not. */
class RecordedStepsTest {
    private static final int PAGE_TOKENS = 4;
    private static final int PROMPT = 6;

    private final List<AutoCloseable> open = new ArrayList<>();

    private <T extends AutoCloseable> T keep(T closeable) {
        open.add(closeable);
        return closeable;
    }

    @AfterEach
    void close() throws Exception {
        for (AutoCloseable each : open.reversed()) {
            each.close();
        }
    }

    private CausalModel model(String name, Device device) throws IOException {
        return keep(Models.load(Golden.directory(name), keep(device), LoadOptions.defaults().withMaxRows(40))).model();
    }

    private KvCache cache(CausalModel model, KvFormat format) {
        return keep(new PagedKvCache(model.device(), model.kvLayouts(format, format, PAGE_TOKENS), 48));
    }

    private Tensor logits(CausalModel model, int rows) {
        return keep(model.device().allocate(rows, model.config().vocabularySize()));
    }

    /** One step in which every sequence gets so many tokens, and its logits. */
    private static float[] step(CausalModel model, List<KvCache> caches, int[] tokens, int from, int count,
            Tensor logits) {
        Step step = new Step();
        for (int i = 0; i < caches.size(); i++) {
            caches.get(i).reserve(count);
            step.add(caches.get(i), Arrays.copyOfRange(tokens, from + i, from + i + count), 1);
        }
        model.forward(step, logits);
        caches.forEach(cache -> cache.commit(count));
        float[] values = new float[logits.rows() * logits.cols()];
        model.device().read(logits, values, 0);
        return values;
    }

    private static int[] tokens(String name) throws IOException {
        return Golden.tokens(Golden.directory(name));
    }

    @ParameterizedTest
    @CsvSource({"llama, 1", "llama, 3", "gemma2, 2", "gemma3_text, 1"})
    void tenStepsAreAsWithoutRecordings(String name, int sequences) throws IOException {
        var device = new RecordingDevice(true);
        CausalModel recorded = model(name, device);
        CausalModel direct = model(name, new ScalarDevice(DeviceOptions.defaults()));
        int[] tokens = tokens(name);
        Tensor logits = logits(recorded, sequences);
        Tensor expected = logits(direct, sequences);
        List<KvCache> caches = IntStream.range(0, sequences).mapToObj(_ -> cache(recorded, KvFormats.F16)).toList();
        List<KvCache> others = IntStream.range(0, sequences).mapToObj(_ -> cache(direct, KvFormats.F16)).toList();
        step(recorded, caches, tokens, 0, PROMPT, logits);
        step(direct, others, tokens, 0, PROMPT, expected);
        for (int i = 0; i < 10; i++) {
            // the views of the logits differ, but not the place
            assertThat(step(recorded, caches, tokens, PROMPT + i, 1, logits.rows(0, sequences)))
                    .isEqualTo(step(direct, others, tokens, PROMPT + i, 1, expected));
            List<String> events = switch (i) {
                case 0 -> List.of();
                case 1 -> List.of("record", "run");
                default -> List.of("run");
            };
            assertThat(device.events()).as("step " + i).isEqualTo(events);
        }
        assertThat(caches.getFirst().length()).as("crosses pages").isGreaterThan(3 * PAGE_TOKENS);
    }

    @Test
    void aSequenceOfAnotherFormatOrOtherLogitsAreAnotherShape() throws IOException {
        var device = new RecordingDevice(true);
        CausalModel model = model("llama", device);
        int[] tokens = tokens("llama");
        Tensor two = logits(model, 2);
        for (Tensor logits : List.of(two.rows(0, 1), two.rows(1, 2), logits(model, 1))) {
            for (KvFormat format : List.of(KvFormats.F16, KvFormats.F32)) {
                KvCache cache = cache(model, format);
                for (int i = 0; i < 3; i++) {
                    step(model, List.of(cache), tokens, i, 1, logits);
                }
                assertThat(device.events()).containsExactly("record", "run", "run");
            }
        }
        assertThat(device.open()).isEqualTo(6);
    }

    @Test
    void onlyPureDecodeStepsAreRecorded() throws IOException {
        var device = new RecordingDevice(true);
        CausalModel model = model("llama", device);
        int[] tokens = tokens("llama");
        KvCache one = cache(model, KvFormats.F16);
        Tensor logits = logits(model, 17);
        for (int i = 0; i < 3; i++) {
            step(model, List.of(one), tokens, 0, 2, logits.rows(0, 1));
            one.reserve(1);
            model.forward(new Step().add(one, new int[]{tokens[0]}, 0), logits.rows(0, 0));
            one.commit(1);
            one.reserve(2);
            model.forward(new Step().add(one, new int[]{tokens[0], tokens[1]}, 2), logits.rows(0, 2));
            one.commit(2);
        }
        List<KvCache> many = IntStream.range(0, 17).mapToObj(_ -> cache(model, KvFormats.F16)).toList();
        for (int i = 0; i < 3; i++) {
            step(model, many, tokens, i, 1, logits);
        }
        assertThat(device.events()).isEmpty();
    }

    @Test
    void aDeviceThatDoesNotRecordIsAskedOnce() throws IOException {
        var device = new RecordingDevice(false);
        CausalModel model = model("llama", device);
        KvCache cache = cache(model, KvFormats.F16);
        KvCache other = cache(model, KvFormats.F32);
        Tensor logits = logits(model, 1);
        for (int i = 0; i < 4; i++) {
            step(model, List.of(cache), tokens("llama"), i, 1, logits);
            step(model, List.of(other), tokens("llama"), i, 1, logits);
        }
        assertThat(device.events()).containsExactly("record");
    }

    @Test
    void recordingsEndWithTheirLogitsAndWithTheModel() throws IOException {
        var device = new RecordingDevice(true);
        CausalModel model = model("llama", device);
        KvCache cache = cache(model, KvFormats.F16);
        Tensor first = logits(model, 1);
        Tensor second = logits(model, 1);
        int[] tokens = tokens("llama");
        for (int i = 0; i < 2; i++) {
            step(model, List.of(cache), tokens, i, 1, first);
            step(model, List.of(cache), tokens, i, 1, second);
        }
        assertThat(device.open()).isEqualTo(2);
        first.close();
        step(model, List.of(cache), tokens, 2, 1, second);
        assertThat(device.open()).isEqualTo(1);
        assertThatThrownBy(() -> step(model, List.of(cache), tokens, 3, 1, first))
                .isInstanceOf(EngineException.class).hasMessageStartingWith("PIN-OP-CLOSED");
        model.close();
        assertThat(device.open()).isZero();
    }

    @Test
    void theNumberOfRecordingsIsBounded() throws IOException {
        var device = new RecordingDevice(true);
        CausalModel model = model("llama", device);
        KvCache cache = cache(model, KvFormats.F16);
        Tensor logits = logits(model, 40);
        int[] tokens = tokens("llama");
        for (int i = 0; i < 40; i++) {
            for (int repeat = 0; repeat < 2; repeat++) {
                cache.truncate(0);
                step(model, List.of(cache), tokens, 0, 1, logits.rows(i, i + 1));
            }
        }
        assertThat(device.open()).isEqualTo(32);
        device.events();
        cache.truncate(0);
        step(model, List.of(cache), tokens, 0, 1, logits.rows(39, 40));
        assertThat(device.events()).as("the latest is there").containsExactly("run");
        step(model, List.of(cache), tokens, 0, 1, logits.rows(0, 1));
        assertThat(device.events()).as("the oldest is gone").isEmpty();
    }
}
