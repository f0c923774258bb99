/* SPDX-License-Identifier: Apache-2.0 */
package io.pinyon.device.contract;

import java.util.Arrays;
import java.util.Comparator;
import java.util.List;
import java.util.stream.IntStream;

/** The rules of {@code Ops.sample} by sorting the whole vocabulary; shares no code with any device. */
final class SamplingReference {
    /**
     * What is expected.
     *
     * @param token the id
     * @param margin by how much thresholds were missed: a probability or a difference of logits, whichever is less
     */
    record Choice(int token, double margin) {}

    private final float[] logits;
    private final List<Integer> bestFirst;

    SamplingReference(float[] logits) {
        this.logits = logits;
        this.bestFirst = IntStream.range(0, logits.length).boxed()
                .sorted(Comparator.comparingDouble((Integer id) -> -(double) logits[id] + 0.0)
                        .thenComparing(Comparator.naturalOrder()))
                .toList();
    }

    Choice choose(float temperature, int topK, float topP, float minP, float uniform) {
        if (temperature == 0) {
            return new Choice(bestFirst.getFirst(), Double.POSITIVE_INFINITY);
        }
        double margin = Double.POSITIVE_INFINITY;
        double max = logits[bestFirst.getFirst()];
        List<Integer> left = topK == 0 ? bestFirst : bestFirst.subList(0, Math.min(topK, logits.length));
        if (topP < 1) {
            double total = left.stream().mapToDouble(id -> Math.exp(logits[id] - max)).sum();
            double sum = 0;
            int kept = 0;
            while (kept < left.size() && (kept == 0 || sum < topP)) {
                sum += Math.exp(logits[left.get(kept++)] - max) / total;
                margin = Math.min(margin, Math.abs(sum - topP));
            }
            left = left.subList(0, kept);
        }
        if (minP > 0) {
            double bound = max + Math.log(minP);
            for (int id : left) {
                margin = Math.min(margin, logits[id] == max ? margin : Math.abs(logits[id] - bound));
            }
            left = left.stream().filter(id -> logits[id] == max || logits[id] >= bound).toList();
        }
        return draw(left.stream().sorted().toList(), max, temperature, uniform, margin);
    }

    private Choice draw(List<Integer> ids, double max, float temperature, float uniform, double margin) {
        double[] weights = ids.stream().mapToDouble(id -> Math.exp((logits[id] - max) / temperature)).toArray();
        double total = Arrays.stream(weights).sum();
        double sum = 0;
        double least = margin;
        for (int i = 0; i < weights.length; i++) {
            double before = sum / total;
            sum += weights[i];
            if (sum > uniform * total) {
                double after = i == weights.length - 1 ? 1 : sum / total - uniform;
                return new Choice(ids.get(i), Math.min(least, Math.min(i == 0 ? 1 : uniform - before, after)));
            }
        }
        throw new AssertionError("a uniform of " + uniform);
    }
}
