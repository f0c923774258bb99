/* SPDX-License-Identifier: Apache-2.0 */
package io.pinyon.model;

import java.io.IOException;
import java.net.URISyntaxException;
import java.net.URL;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Arrays;
import java.util.List;
import java.util.Objects;

import io.pinyon.device.Tensor;
import io.pinyon.format.KvFormat;
import io.pinyon.kv.KvCache;
import io.pinyon.kv.PagedKvCache;
import org.junit.jupiter.api.Assumptions;

/** Reference token ids and logits, and how a model is run on them. */
final class Golden {
    /** One small random model of each family or rotary scaling. */
    static final List<String> MODELS = List.of("llama", "llama31", "mistral", "qwen2", "qwen3", "phi3", "gemma2",
            "gemma3_text");

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

    /** The model that lies beside a checkout of the repository, where it does. */
    static Path harbour() {
        Path directory = Path.of(System.getProperty("pinyon.root", "."), "..", "shared", "models", "harbour-14m");
        Assumptions.assumeTrue(Files.isDirectory(directory),
                "the model harbour-14m is not beside the repository: " + directory);
        return directory;
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
