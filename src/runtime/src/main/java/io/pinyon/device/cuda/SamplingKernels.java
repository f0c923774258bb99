/* SPDX-License-Identifier: Apache-2.0 */
package io.pinyon.device.cuda;

import io.pinyon.device.cuda.Scratch.Use;

/**
 * Choosing a token from each row of logits, by settings that lie in device memory.
 *
 * <p>Temperature 0 takes the smallest index among the greatest logits. Otherwise, with tokens in order by falling logit
 * and equal ones by rising id: top-k keeps the first k (0 for all); top-p keeps the shortest prefix of what is left whose
 * probabilities at temperature 1 sum up to p, at least one token (1 for all); min-p keeps logits from the greatest plus
 * {@code ln(minP)} on (0 for all). Of what is kept, in order of id, the first token is chosen at which the sum of
 * {@code exp((logit - greatest) / temperature)} exceeds the given part of the whole. Sums are integers: the same input
 * gives the same token.
 */
final class SamplingKernels {
    /** Temperature, top-k, top-p, min-p, and a number in {@code [0, 1)} that draws. */
    static final int SETTINGS = 5;

    private static final String IMAGE = "sampling";
    private static final int THREADS = 256;
    private static final int SLICE = 2048;
    private static final int BINS = 2048;
    private static final int STATE_BYTES = 32;
    private static final int DIGITS = 3;
    private static final int BY_COUNT = 0;
    private static final int BY_MASS = 1;

    private final Gpu gpu;
    private final Scratch scratch;

    SamplingKernels(Gpu gpu, Scratch scratch) {
        this.gpu = gpu;
        this.scratch = scratch;
    }

    /** Addresses of what the steps of one call pass on. */
    record Memory(long partial, long histograms, long states, long ties, long arrivals) {}

    /**
     * Chooses a token for each row.
     *
     * @param logits {@code [rows, vocabulary]}
     * @param settings {@code [rows, 5]}: temperature, finite and at least 0; top-k; top-p; min-p; a number in
     *     {@code [0, 1)}
     * @param out {@code [rows]}: the chosen ids; -1 for a row with a NaN or a positive infinity, or without a finite
     *     logit
     */
    void sample(CudaTensor logits, CudaTensor settings, CudaInts out) {
        int rows = logits.rows();
        if (rows == 0) {
            return;
        }
        int vocabulary = logits.cols();
        int slices = Math.ceilDiv(vocabulary, SLICE);
        Memory memory = reserve(scratch, rows, vocabulary);
        gpu.launch(gpu.kernel(IMAGE, "sample_best"), slices, rows, THREADS, 0,
                gpu.arguments().pointer(logits).pointer(settings).pointer(out).pointer(memory.states())
                        .pointer(memory.histograms()).pointer(memory.partial()).pointer(memory.arrivals())
                        .integer(vocabulary));
        for (int cut = BY_COUNT; cut <= BY_MASS; cut++) {
            for (int digit = 0; digit < DIGITS; digit++) {
                gpu.launch(gpu.kernel(IMAGE, "sample_digit"), slices, rows, THREADS, 0,
                        gpu.arguments().pointer(logits).pointer(settings).pointer(memory.states())
                                .pointer(memory.histograms()).pointer(memory.arrivals()).integer(vocabulary)
                                .integer(cut).integer(digit));
            }
        }
        gpu.launch(gpu.kernel(IMAGE, "sample_pick"), slices, rows, THREADS, 0,
                gpu.arguments().pointer(logits).pointer(settings).pointer(out).pointer(memory.states())
                        .pointer(memory.partial()).pointer(memory.ties()).pointer(memory.arrivals())
                        .integer(vocabulary));
    }

    /** The buffers that a call needs. */
    static Memory reserve(Scratch scratch, int rows, int vocabulary) {
        int slices = Math.ceilDiv(vocabulary, SLICE);
        long histogramBytes = (long) rows * BINS * Long.BYTES;
        long stateBytes = (long) rows * STATE_BYTES;
        long partialBytes = (long) rows * slices * Long.BYTES;
        long tieBytes = (long) rows * slices * Integer.BYTES;
        long histograms = scratch.buffer(Use.SAMPLING, histogramBytes + stateBytes + partialBytes + tieBytes);
        long states = histograms + histogramBytes;
        long partial = states + stateBytes;
        return new Memory(partial, histograms, states, partial + partialBytes,
                scratch.buffer(Use.COUNTERS, (long) rows * Integer.BYTES));
    }
}
