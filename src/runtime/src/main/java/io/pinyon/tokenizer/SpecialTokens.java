/* SPDX-License-Identifier: Apache-2.0 */
package io.pinyon.tokenizer;

import java.util.List;
import java.util.OptionalInt;
import java.util.Set;

/**
 * The roles that tokens play around a text.
 *
 * @param before put before a text by default
 * @param after put after a text by default
 */
record SpecialTokens(OptionalInt bos, OptionalInt eos, Set<Integer> endOfGeneration, List<Integer> before,
        List<Integer> after) {}
