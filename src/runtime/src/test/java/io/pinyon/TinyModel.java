/* SPDX-License-Identifier: Apache-2.0 */
package io.pinyon;

import java.io.IOException;
import java.net.URISyntaxException;
import java.net.URL;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.stream.IntStream;
import java.util.stream.Stream;

import tools.jackson.databind.json.JsonMapper;

/**
 * A Hugging Face directory with a Llama of three layers and 160 tokens whose weights are noise. Its tokens are single
 * bytes: ASCII text, and enough of the others to begin and to continue longer characters.
 */
final class TinyModel {
    static final int BOS = 1;
    static final int EOS = 2;
    private static final int VOCABULARY = 160;

    private TinyModel() {}

    /** Without a tokenizer. */
    static Path withoutTokenizer(Path directory) throws IOException {
        for (String name : List.of("config.json", "model.safetensors")) {
            Files.copy(resource(name), directory.resolve(name));
        }
        return directory;
    }

    /** With a tokenizer of as many tokens as the model has embeddings. */
    static Path in(Path directory) throws IOException {
        return withTokenizer(withoutTokenizer(directory), VOCABULARY);
    }

    /** Adds a tokenizer. */
    static Path withTokenizer(Path directory, int tokens) throws IOException {
        Map<String, Integer> vocabulary = new LinkedHashMap<>();
        List.of("<pad>", "<s>", "</s>").forEach(token -> vocabulary.put(token, vocabulary.size()));
        bytes().limit(tokens - 3).forEach(b -> vocabulary.put(alphabet(b), vocabulary.size()));
        for (int extra = 0; vocabulary.size() < tokens; extra++) {
            vocabulary.put("extra" + extra, vocabulary.size());
        }
        List<Object> special = new ArrayList<>();
        List.of("<pad>", "<s>", "</s>").forEach(token -> special.add(Map.of("id", vocabulary.get(token), "content",
                token, "single_word", false, "lstrip", false, "rstrip", false, "normalized", false, "special",
                true)));
        Map<String, Object> json = Map.of("version", "1.0", "added_tokens", special,
                "pre_tokenizer", Map.of("type", "ByteLevel", "add_prefix_space", false, "trim_offsets", true,
                        "use_regex", true),
                "decoder", Map.of("type", "ByteLevel", "add_prefix_space", true, "trim_offsets", true, "use_regex",
                        true),
                "model", Map.of("type", "BPE", "vocab", vocabulary, "merges", List.of()));
        JsonMapper.shared().writeValue(directory.resolve("tokenizer.json").toFile(), json);
        JsonMapper.shared().writeValue(directory.resolve("tokenizer_config.json").toFile(),
                Map.of("bos_token", "<s>", "eos_token", "</s>", "add_bos_token", true));
        return directory;
    }

    private static Path resource(String name) {
        URL url = Objects.requireNonNull(TinyModel.class.getResource("/golden/hf/llama/" + name), name);
        try {
            return Path.of(url.toURI());
        } catch (URISyntaxException e) {
            throw new IllegalStateException(e);
        }
    }

    private static Stream<Integer> bytes() {
        IntStream ascii = IntStream.concat(IntStream.of('\n'), IntStream.rangeClosed(' ', '~'));
        IntStream leading = IntStream.of(0xC3, 0xE2, 0xF0);
        return IntStream.concat(IntStream.concat(ascii, leading), IntStream.range(0x80, 0xC0)).boxed();
    }

    /** The character that stands for a byte in byte-level vocabularies: itself, or for blanks one from U+0100 on. */
    private static String alphabet(int wanted) {
        int next = 0x100;
        for (int b = 0; b < 256; b++) {
            boolean visible = (b >= 0x21 && b <= 0x7E) || (b >= 0xA1 && b != 0xAD);
            int character = visible ? b : next++;
            if (b == wanted) {
                return Character.toString(character);
            }
        }
        throw new IllegalArgumentException("byte " + wanted);
    }
}
