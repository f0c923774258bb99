/* SPDX-License-Identifier: Apache-2.0 */
package io.pinyon.tokenizer;

/**
 * A token that is found in the text before anything else happens to it.
 *
 * @param content its text
 * @param special a control token, found only where the caller allows it
 * @param normalized look for it in the normalised text rather than in the text as given
 * @param leftStrip take white space before it along
 * @param rightStrip take white space after it along
 * @param singleWord only where no word character touches it
 */
record AddedToken(int id, String content, boolean special, boolean normalized, boolean leftStrip, boolean rightStrip,
        boolean singleWord) {
    static AddedToken plain(int id, String content, boolean special, boolean rightStrip) {
        return new AddedToken(id, content, special, false, false, rightStrip, false);
    }
}
