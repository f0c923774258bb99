/* SPDX-License-Identifier: Apache-2.0 */
package io.pinyon.decode;

/** The end of a chain: chooses one of the candidates that are left. */
@FunctionalInterface
public interface Selector {
    /** The id of the chosen token. */
    int select(Candidates candidates);
}
