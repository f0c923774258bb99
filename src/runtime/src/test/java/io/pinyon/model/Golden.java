/* SPDX-License-Identifier: Apache-2.0 */
package io.pinyon.model;

import java.io.IOException;
import java.net.URISyntaxException;
import java.net.URL;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Arrays;
import java.util.Objects;

import io.pinyon.device.Tensor;
import io.pinyon.format.KvFormat;
import io.pinyon.kv.KvCache;
import io.pinyon.kv.PagedKvCache;

/** Reference token ids and logits, and how a model is run on them. */
final class Golden {
    private Golden() {}

    /** A reference directory among the test resources. */
    static Path directory(String name) {
        URL url = Objects.requireNonNull(Golden.class.getResource("/golden/hf/" + name + "/config.json"), name);
        try {
            return Path.of(url.toURI()).resolveSibling("").normalize();
        } catch (URISyntaxException e) {
            throw new IllegalStateException(e);
        }
    }

    static int[] tokens(Path directory) throws IOException {
        String list = Files.readString(directory.resolve("tokens.json")).strip();
        return Arrays.stream(list.substring(1, list.length() - 1).split(",")).map(String::strip)
                .mapToInt(Integer::parseInt).toArray();
    }

    /** Logits of all tokens, {@code [tokens, vocabulary]}, computed in steps of at most so many rows. */
    static float[] logits(CausalModel model, int[] tokens, int chunk, KvFormat kv) {
        int vocabulary = model.config().vocabularySize();
        float[] all = new float[tokens.length * vocabulary];
        try (KvCache cache = new PagedKvCache(model.device(), model.kvLayouts(kv, kv, 16), tokens.length)) {
            for (int from = 0; from < tokens.length; from += chunk) {
                int[] rows = Arrays.copyOfRange(tokens, from, Math.min(tokens.length, from + chunk));
                cache.reserve(rows.length);
                try (Tensor logits = model.device().allocate(rows.length, vocabulary)) {
                    model.forward(new Step().add(cache, rows, rows.length), logits);
                    model.device().read(logits, all, from * vocabulary);
                }
                cache.commit(rows.length);
            }
        }
        return all;
    }

    static float largestDifference(float[] actual, float[] expected) {
        float largest = actual.length == expected.length ? 0 : Float.POSITIVE_INFINITY;
        for (int i = 0; i < Math.min(actual.length, expected.length); i++) {
            float difference = Math.abs(actual[i] - expected[i]);
            largest = Float.isNaN(difference) ? Float.POSITIVE_INFINITY : Math.max(largest, difference);
        }
        return largest;
    }
}
