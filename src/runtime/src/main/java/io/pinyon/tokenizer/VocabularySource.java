/* SPDX-License-Identifier: Apache-2.0 */
package io.pinyon.tokenizer;

import java.util.List;
import java.util.Optional;
import java.util.OptionalLong;

/**
 * Key and value metadata that holds a vocabulary, as in the header of a GGUF file. A key that is absent gives an empty
 * result; one of another type than asked for is refused by the implementation with a
 * {@link io.pinyon.error.ModelFileException}.
 */
public interface VocabularySource {
    /** The string value of a key. */
    Optional<String> string(String key);

    /** The value of a key of any integer type. */
    OptionalLong integer(String key);

    /** The boolean value of a key. */
    Optional<Boolean> bool(String key);

    /** The string array of a key, empty when absent. */
    List<String> strings(String key);

    /** The integer array of a key, empty when absent. */
    int[] ints(String key);

    /** The float array of a key, empty when absent. */
    float[] floats(String key);
}
