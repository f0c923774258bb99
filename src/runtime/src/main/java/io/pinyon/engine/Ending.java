/* SPDX-License-Identifier: Apache-2.0 */
package io.pinyon.engine;

/** Why a generation ended. */
public enum Ending {
    /** The model chose a token that ends the generation. */
    END_TOKEN,
    /** The receiver of the tokens wanted no more. */
    ENOUGH,
    /** As many tokens as were wanted. */
    LIMIT,
    /** The sequence has no room for another token. */
    CONTEXT,
    /** The caller wished it. */
    CANCELLED
}
