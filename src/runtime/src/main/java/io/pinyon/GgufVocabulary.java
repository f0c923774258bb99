/* SPDX-License-Identifier: Apache-2.0 */
package io.pinyon;

import java.util.List;
import java.util.Optional;
import java.util.OptionalLong;

import io.pinyon.format.Metadata;
import io.pinyon.tokenizer.VocabularySource;

/** The vocabulary in the metadata of a GGUF file. */
record GgufVocabulary(Metadata metadata) implements VocabularySource {
    @Override
    public Optional<String> string(String key) {
        return metadata.string(key);
    }

    @Override
    public OptionalLong integer(String key) {
        return metadata.longInteger(key).map(OptionalLong::of).orElseGet(OptionalLong::empty);
    }

    @Override
    public Optional<Boolean> bool(String key) {
        return metadata.flag(key);
    }

    @Override
    public List<String> strings(String key) {
        return metadata.strings(key).orElse(List.of());
    }

    @Override
    public int[] ints(String key) {
        return metadata.integers(key).orElseGet(() -> new int[0]);
    }

    @Override
    public float[] floats(String key) {
        return metadata.reals(key).orElseGet(() -> new float[0]);
    }
}
