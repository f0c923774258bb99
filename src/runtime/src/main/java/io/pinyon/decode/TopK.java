/* SPDX-License-Identifier: Apache-2.0 */
package io.pinyon.decode;

/** Keeps the k best candidates (Fan et al., "Hierarchical neural story generation", 2018). */
public final class TopK implements Sampler {
    private final int k;

    /**
     * @param k how many, at least 1; more than there are keeps all
     */
    public TopK(int k) {
        this.k = k;
    }

    @Override
    public void apply(Candidates candidates) {
        if (k < candidates.size()) {
            candidates.orderTop(k);
            candidates.keepFirst(k);
        }
    }
}
