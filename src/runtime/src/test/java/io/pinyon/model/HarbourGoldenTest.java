/* SPDX-License-Identifier: Apache-2.0 */
package io.pinyon.model;

import java.io.IOException;
import java.nio.file.Path;
import java.util.Arrays;
import java.util.stream.Stream;

import io.pinyon.device.Device;
import io.pinyon.device.DeviceOptions;
import io.pinyon.device.Devices;
import io.pinyon.device.Tensor;
import io.pinyon.format.KvFormat;
import io.pinyon.format.KvFormats;
import io.pinyon.kv.KvCache;
import io.pinyon.kv.PagedKvCache;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.Arguments;
import org.junit.jupiter.params.provider.MethodSource;

import static org.assertj.core.api.Assertions.assertThat;

/** A trained model against the logits that the Transformers library computes for the last tokens of a text. */
class HarbourGoldenTest {
    static Stream<Arguments> formatsAndTolerances() {
        return Stream.of(Arguments.of(KvFormats.F32, 2e-3f), Arguments.of(KvFormats.F16, 1e-2f),
                Arguments.of(KvFormats.BF16, 1e-1f));
    }

    @ParameterizedTest(name = "KV {0}")
    @MethodSource("formatsAndTolerances")
    void logitsOfTheLastTokensAgree(KvFormat kv, float tolerance) throws IOException {
        Path directory = Golden.harbour();
        int[] tokens = Golden.tokens(directory.resolve("golden"));
        Npy expected = Npy.read(directory.resolve("golden/logits_last64.npy"));
        try (Device device = Devices.open("auto", DeviceOptions.defaults()).device();
                LoadedModel loaded = Models.load(directory, device, LoadOptions.defaults().withMaxRows(128))) {
            float[] logits = lastLogits(loaded.model(), tokens, expected.rows(), kv);
            float difference = Golden.largestDifference(logits, expected.values());
            System.out.printf("harbour-14m on %s, KV %s: %.3g%n", device.info().id(), kv, difference);
            assertThat(difference).isLessThan(tolerance);
        }
    }

    private static float[] lastLogits(CausalModel model, int[] tokens, int count, KvFormat kv) {
        int vocabulary = model.config().vocabularySize();
        float[] logits = new float[count * vocabulary];
        try (KvCache cache = new PagedKvCache(model.device(), model.kvLayouts(kv, kv, 64), tokens.length);
                Tensor none = model.device().allocate(0, vocabulary);
                Tensor wanted = model.device().allocate(count, vocabulary)) {
            int prompt = tokens.length - count;
            for (int from = 0; from < prompt; from += model.maxRows()) {
                advance(model, cache, Arrays.copyOfRange(tokens, from, Math.min(prompt, from + model.maxRows())), none);
            }
            advance(model, cache, Arrays.copyOfRange(tokens, prompt, tokens.length), wanted);
            model.device().read(wanted, logits, 0);
        }
        return logits;
    }

    private static void advance(CausalModel model, KvCache cache, int[] rows, Tensor logits) {
        cache.reserve(rows.length);
        model.forward(new Step().add(cache, rows, logits.rows()), logits);
        cache.commit(rows.length);
    }
}
