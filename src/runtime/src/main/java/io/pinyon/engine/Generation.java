/* SPDX-License-Identifier: Apache-2.0 */
package io.pinyon.engine;

import java.time.Duration;
import java.util.List;

/**
 * What a generation was.
 *
 * @param tokens ids of the tokens, without the one that ended it
 * @param ending why it ended
 * @param prefill time until the prompt had run
 * @param decode time from then on
 */
public record Generation(List<Integer> tokens, Ending ending, Duration prefill, Duration decode) {
    /** Copies the tokens. */
    public Generation {
        tokens = List.copyOf(tokens);
    }
}
