/* SPDX-License-Identifier: Apache-2.0 */
package io.pinyon.tokenizer;

import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.OptionalLong;

/** Builds vocabularies of a few hundred tokens, as GGUF metadata. */
final class SmallVocabulary implements VocabularySource {
    static final int NORMAL = 1;
    static final int UNKNOWN = 2;
    static final int CONTROL = 3;
    static final int USER_DEFINED = 4;
    static final int BYTE = 6;

    final Map<String, Object> values = new HashMap<>();
    final List<String> tokens = new ArrayList<>();
    final List<Integer> kinds = new ArrayList<>();
    final List<Float> scores = new ArrayList<>();
    final List<String> merges = new ArrayList<>();

    /** All bytes as tokens 0 to 255, no merges yet. */
    static SmallVocabulary byteLevel(String pre) {
        SmallVocabulary out = new SmallVocabulary().with("tokenizer.ggml.model", "gpt2").with("tokenizer.ggml.pre",
                pre);
        for (int b = 0; b < 256; b++) {
            out.token(String.valueOf(ByteAlphabet.character(b)), NORMAL, 0);
        }
        return out;
    }

    /** Unknown, bos, eos, then all bytes from token 3 on. */
    static SmallVocabulary sentencePiece() {
        SmallVocabulary out = new SmallVocabulary().with("tokenizer.ggml.model", "llama");
        out.token("<unk>", UNKNOWN, 0).token("<s>", CONTROL, 0).token("</s>", CONTROL, 0);
        for (int b = 0; b < 256; b++) {
            out.token(String.format("<0x%02X>", b), BYTE, 0);
        }
        return out;
    }

    SmallVocabulary with(String key, Object value) {
        values.put(key, value);
        return this;
    }

    SmallVocabulary token(String token, int kind, float score) {
        tokens.add(token);
        kinds.add(kind);
        scores.add(score);
        return this;
    }

    /** Adds merges and the tokens that they make. */
    SmallVocabulary merge(String... pairs) {
        for (String pair : pairs) {
            merges.add(pair);
            token(pair.replace(" ", ""), NORMAL, 0);
        }
        return this;
    }

    int id(String token) {
        return tokens.indexOf(token);
    }

    Tokenizer open() {
        return Tokenizers.fromVocabulary(this);
    }

    @Override
    public Optional<String> string(String key) {
        return Optional.ofNullable((String) values.get(key));
    }

    @Override
    public OptionalLong integer(String key) {
        Object value = values.get(key);
        return value == null ? OptionalLong.empty() : OptionalLong.of(((Number) value).longValue());
    }

    @Override
    public Optional<Boolean> bool(String key) {
        return Optional.ofNullable((Boolean) values.get(key));
    }

    @Override
    public List<String> strings(String key) {
        return switch (key) {
            case "tokenizer.ggml.tokens" -> List.copyOf(tokens);
            case "tokenizer.ggml.merges" -> List.copyOf(merges);
            default -> List.of();
        };
    }

    @Override
    public int[] ints(String key) {
        return key.equals("tokenizer.ggml.token_type")
                ? kinds.stream().mapToInt(Integer::intValue).toArray()
                : new int[0];
    }

    @Override
    public float[] floats(String key) {
        float[] out = new float[key.equals("tokenizer.ggml.scores") ? scores.size() : 0];
        for (int i = 0; i < out.length; i++) {
            out[i] = scores.get(i);
        }
        return out;
    }
}
