/* SPDX-License-Identifier: Apache-2.0 */
package io.pinyon.engine;

/** Gets the tokens of a generation one by one. */
@FunctionalInterface
public interface TokenReceiver {
    /**
     * Called for every token but the one that ends the generation. What it throws ends the generation.
     *
     * @param token id of the token
     * @return whether more are wanted
     */
    boolean onToken(int token);
}
