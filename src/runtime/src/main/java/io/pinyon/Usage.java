/* SPDX-License-Identifier: Apache-2.0 */
package io.pinyon;

import java.time.Duration;

/**
 * What a generation took.
 *
 * @param promptTokens tokens of the prompt
 * @param completionTokens tokens generated
 * @param prefill time to run the prompt, after it was encoded
 * @param decode time from then until the end, with the time spent in the listener
 */
public record Usage(int promptTokens, int completionTokens, Duration prefill, Duration decode) {
    /** Prompt tokens in a second of prefill; 0 if it took no time. */
    public double promptTokensPerSecond() {
        return perSecond(promptTokens, prefill);
    }

    /**
     * Generated tokens in a second of decode, without the first one, which comes from the prefill; 0 if there are fewer
     * than two.
     */
    public double tokensPerSecond() {
        return perSecond(Math.max(0, completionTokens - 1), decode);
    }

    private static double perSecond(int tokens, Duration time) {
        return time.isPositive() ? tokens * 1e9 / time.toNanos() : 0;
    }
}
