/* SPDX-License-Identifier: Apache-2.0 */
package io.pinyon.model.convert;

import java.util.Map;

import tools.jackson.databind.JsonNode;

/** The name in {@code tokenizer.ggml.pre} of a pre-tokenizer in a tokenizer.json. */
final class PreTokenizerName {
    /** No reader knows it, so that none cuts text in a wrong way; the exact tokenizer.json is in the file as well. */
    private static final String OTHER = "huggingface";
    private static final String WORDS = "(?i:'s|'t|'re|'ve|'m|'ll|'d)|[^\\r\\n\\p{L}\\p{N}]?\\p{L}+|";
    private static final String REST = "| ?[^\\s\\p{L}\\p{N}]+[\\r\\n]*|\\s*[\\r\\n]+|\\s+(?!\\S)|\\s+";
    private static final Map<String, String> BY_PATTERN = Map.of(WORDS + "\\p{N}{1,3}" + REST, "llama-bpe",
            WORDS + "\\p{N}" + REST, "qwen2");

    private PreTokenizerName() {}

    static String of(JsonNode tokenizer) {
        JsonNode pre = tokenizer.path("pre_tokenizer");
        if (pre.path("type").asString("").equals("ByteLevel") && pre.path("use_regex").asBoolean(true)) {
            return "gpt-2";
        }
        JsonNode steps = pre.path("pretokenizers");
        boolean split = steps.size() == 2 && steps.path(0).path("type").asString("").equals("Split")
                && steps.path(1).path("type").asString("").equals("ByteLevel");
        String pattern = split ? steps.path(0).path("pattern").path("Regex").asString("") : "";
        return BY_PATTERN.getOrDefault(pattern, OTHER);
    }
}
