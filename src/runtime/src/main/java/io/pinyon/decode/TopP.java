/* SPDX-License-Identifier: Apache-2.0 */
package io.pinyon.decode;

/**
 * Keeps the fewest best candidates whose probabilities sum up to p (Holtzman et al., "The curious case of neural text
 * degeneration", 2020). The probabilities are those of the candidates that are left, at temperature 1.
 */
public final class TopP implements Sampler {
    private static final int FIRST_TRY = 64;
    private static final int GROWTH = 8;

    private final float p;

    /**
     * @param p in (0, 1]; 1 keeps all
     */
    public TopP(float p) {
        this.p = p;
    }

    @Override
    public void apply(Candidates candidates) {
        if (p >= 1) {
            return;
        }
        float max = candidates.max();
        double total = 0;
        for (int i = 0; i < candidates.size(); i++) {
            total += Math.exp((double) candidates.logit(i) - max);
        }
        double missing = p * total;
        int taken = 0;
        // the nucleus is mostly small, so a few candidates are put in order before more are
        for (long tried = FIRST_TRY; missing > 0 && taken < candidates.size(); tried *= GROWTH) {
            int end = (int) Math.min(tried, candidates.size());
            candidates.orderTop(end);
            while (taken < end && missing > 0) {
                missing -= Math.exp((double) candidates.logit(taken++) - max);
            }
        }
        candidates.keepFirst(taken);
    }
}
