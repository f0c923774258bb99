/* SPDX-License-Identifier: Apache-2.0 */
package io.pinyon.model;

import java.io.IOException;
import java.util.Arrays;
import java.util.Random;

import io.pinyon.device.Device;
import io.pinyon.device.DeviceOptions;
import io.pinyon.device.Tensor;
import io.pinyon.device.contract.Seeds;
import io.pinyon.device.scalar.ScalarDevice;
import io.pinyon.format.KvFormats;
import io.pinyon.kv.KvCache;
import io.pinyon.kv.KvPool;
import io.pinyon.kv.place.Placement;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

import static org.assertj.core.api.Assertions.assertThat;

/** Steps after an excision, against steps that do not see the entries that were taken out. */
class ExciseTest {
    private static final int PAGE_TOKENS = 4;
    private static final int BEFORE = 50;
    private static final int AFTER = 10;
    private static final int FROM = 8;
    private static final int TO = 24;

    private static float[] step(CausalModel model, KvCache cache, int[] tokens) {
        cache.reserve(tokens.length);
        float[] values = new float[tokens.length * model.config().vocabularySize()];
        try (Tensor logits = model.device().allocate(tokens.length, model.config().vocabularySize())) {
            model.forward(new Step().add(cache, tokens, tokens.length), logits);
            model.device().read(logits, values, 0);
        }
        cache.commit(tokens.length);
        return values;
    }

    private static KvCache cache(KvPool pool, CausalModel model) {
        return pool.open(model.kvLayouts(KvFormats.F32, KvFormats.F32, PAGE_TOKENS), Placement.DEVICE, 80,
                model.window());
    }

    @ParameterizedTest
    @ValueSource(strings = {"llama31", "mistral", "gemma2", "gemma3_text"})
    void equalsAForwardPassThatDoesNotSeeTheEntries(String name) throws IOException {
        Random random = Seeds.random("excise", name);
        var masking = new MaskingDevice();
        try (Device masked = masking.device();
                Device device = new ScalarDevice(DeviceOptions.defaults());
                LoadedModel expected = Models.load(Golden.directory(name), masked, LoadOptions.defaults());
                LoadedModel actual = Models.load(Golden.directory(name), device, LoadOptions.defaults());
                KvPool maskedPool = new KvPool(masked);
                KvPool pool = new KvPool(device);
                KvCache all = cache(maskedPool, expected.model());
                KvCache excised = cache(pool, actual.model());
                KvCache whole = cache(pool, actual.model())) {
            int vocabulary = actual.model().config().vocabularySize();
            int[] before = random.ints(BEFORE, 0, vocabulary).toArray();
            int[] after = random.ints(AFTER, 0, vocabulary).toArray();
            float[] same = step(expected.model(), all, before);
            assertThat(Golden.largestDifference(step(actual.model(), excised, before), same)).isLessThan(1e-4f);
            step(actual.model(), whole, before);
            excised.excise(FROM, TO);
            masking.hide(FROM, TO);
            float[] reference = step(expected.model(), all, after);
            float[] first = step(actual.model(), excised, Arrays.copyOf(after, 6));
            float[] rest = new float[(AFTER - 6) * vocabulary];
            for (int i = 6; i < AFTER; i++) {
                float[] row = step(actual.model(), excised, new int[]{after[i]});
                System.arraycopy(row, 0, rest, (i - 6) * vocabulary, vocabulary);
            }
            float[] logits = Arrays.copyOf(first, reference.length);
            System.arraycopy(rest, 0, logits, first.length, rest.length);
            assertThat(Golden.largestDifference(logits, reference)).isLessThan(1e-4f);
            assertThat(excised.length()).isEqualTo(BEFORE + AFTER);
            assertThat(excised.entries()).isEqualTo(BEFORE + AFTER - (TO - FROM));
            boolean everyLayerHasAWindow = name.equals("mistral");
            float[] seen = step(actual.model(), whole, after);
            assertThat(Golden.largestDifference(seen, reference) < 1e-4f).as("the range is out of sight")
                    .isEqualTo(everyLayerHasAWindow);
        }
    }
}
