/* SPDX-License-Identifier: Apache-2.0 */
package io.pinyon.device.host;

/**
 * {@link io.pinyon.device.Ops#sample} for host devices, with sums in double precision.
 *
 * <p>The rules that go by rank only need to know the worst token that they keep: what is kept is then found again in order
 * of id, without sorting the vocabulary.
 */
public final class HostSampling {
    private static final int FIRST_TRY = 64;
    private static final int GROWTH = 8;

    private final float[] logits;
    private final int start;
    private final int count;
    private final float max;

    private HostSampling(HostTensor logits, int row, float max) {
        this.logits = logits.data();
        this.start = logits.row(row);
        this.count = logits.cols();
        this.max = max;
    }

    /** Chooses a token for each row; shapes have been checked. */
    public static void sample(HostTensor logits, HostTensor settings, HostInts out) {
        for (int r = 0; r < logits.rows(); r++) {
            float max = max(logits, r);
            out.data()[r] = max == Float.NEGATIVE_INFINITY
                    ? -1
                    : new HostSampling(logits, r, max).choose(settings.data(), settings.row(r));
        }
    }

    /** The greatest logit; negative infinity if nothing can be chosen. */
    private static float max(HostTensor logits, int row) {
        float max = Float.NEGATIVE_INFINITY;
        for (int i = logits.row(row); i < logits.row(row) + logits.cols(); i++) {
            float logit = logits.data()[i];
            if (Float.isNaN(logit) || logit == Float.POSITIVE_INFINITY) {
                return Float.NEGATIVE_INFINITY;
            }
            max = Math.max(max, logit);
        }
        return max;
    }

    private int choose(float[] settings, int at) {
        float temperature = settings[at];
        int topK = (int) settings[at + 1];
        float topP = settings[at + 2];
        float minP = settings[at + 3];
        float uniform = settings[at + 4];
        if (temperature == 0) {
            return first();
        }
        long worst = Long.MIN_VALUE;
        if (topK > 0 && topK < count) {
            long[] best = BestTokens.select(logits, start, count, topK);
            worst = topP < 1 ? nucleus(best, topP) : best[0];
        } else if (topP < 1) {
            worst = nucleus(topP);
        }
        float least = minP > 0 ? Math.min(max, (float) (max + Math.log(minP))) : Float.NEGATIVE_INFINITY;
        return draw(worst, least, temperature, uniform);
    }

    private int first() {
        int id = 0;
        while (logits[start + id] != max) {
            id++;
        }
        return id;
    }

    private double probability(float logit) {
        return Math.exp((double) logit - max);
    }

    /** The worst token of the nucleus of some tokens, which are in order, the best last. */
    private long nucleus(long[] best, float topP) {
        double missing = 0;
        for (int i = best.length - 1; i >= 0; i--) {
            missing += probability(BestTokens.logit(best[i]));
        }
        missing *= topP;
        for (int i = best.length - 1; i > 0; i--) {
            missing -= probability(BestTokens.logit(best[i]));
            if (missing <= 0) {
                return best[i];
            }
        }
        return best[0];
    }

    /** The worst token of the nucleus of all. It is mostly small, so few tokens are put in order before more are. */
    private long nucleus(float topP) {
        double total = 0;
        for (int i = start; i < start + count; i++) {
            total += probability(logits[i]);
        }
        for (long tried = FIRST_TRY;; tried *= GROWTH) {
            long[] best = BestTokens.select(logits, start, count, (int) Math.min(tried, count));
            double missing = topP * total;
            for (int i = best.length - 1; i >= 0; i--) {
                missing -= probability(BestTokens.logit(best[i]));
                if (missing <= 0) {
                    return best[i];
                }
            }
            if (best.length == count) {
                return best[0];
            }
        }
    }

    private int draw(long worst, float least, float temperature, float uniform) {
        double total = 0;
        for (int id = 0; id < count; id++) {
            total += weight(id, worst, least, temperature);
        }
        double end = uniform * total;
        double sum = 0;
        int last = 0;
        for (int id = 0; id < count && sum <= end; id++) {
            double weight = weight(id, worst, least, temperature);
            if (weight > 0) {
                last = id;
                sum += weight;
            }
        }
        return last;
    }

    private double weight(int id, long worst, float least, float temperature) {
        float logit = logits[start + id];
        return logit >= least && BestTokens.key(logit, id) >= worst
                ? Math.exp(((double) logit - max) / temperature)
                : 0;
    }
}
