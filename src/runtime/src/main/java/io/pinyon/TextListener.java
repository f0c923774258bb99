/* SPDX-License-Identifier: Apache-2.0 */
package io.pinyon;

/** Gets the text of a generation as it becomes complete. */
@FunctionalInterface
public interface TextListener {
    /**
     * Called on the thread that generates, between two steps, and never with an empty text. An exception ends the
     * generation and is thrown on; the session stays usable.
     *
     * @param piece whole characters; what may become a stop string is held back until it is certain
     */
    void onText(String piece);
}
