/* SPDX-License-Identifier: Apache-2.0 */
package io.pinyon.decode;

/** Chooses the highest logit, and of equal ones the lowest id. */
public final class Greedy implements Selector {
    /** Has no state. */
    public Greedy() {}

    @Override
    public int select(Candidates candidates) {
        return candidates.id(candidates.best());
    }
}
