/* SPDX-License-Identifier: Apache-2.0 */
package io.pinyon.device.cpu;

import io.pinyon.device.Activation;

/** Kernels that need the exponential function; relative error of the function below 2e-7. */
interface ExponentialKernels {
    /** {@code x = cap * tanh(x / cap)}. */
    void softcap(float[] x, int offset, float cap, int length);

    /** {@code out = activation(gate) * up}; {@code out} may be one of the inputs. */
    void gated(Activation activation, float[] gate, int gateOffset, float[] up, int upOffset, float[] out,
            int outOffset, int length);

    /** The largest of {@code length} values; negative infinity if there is none. */
    float max(float[] x, int offset, int length);

    /** {@code x = exp(x - max)}; returns the sum. */
    float exponentials(float[] x, int offset, float max, int length);

    /**
     * One step of online softmax (arXiv 1805.02867) for the columns of a tile of scores: maxima and sums are brought up
     * to date, scores become {@code exp(score - maximum)}.
     *
     * @param scores {@code [keys][width]}
     * @param columns columns that are needed; whole vectors are processed
     * @param maxima per column; negative infinity before the first step
     * @param sums per column
     * @param factors per column, receives what results of earlier steps must be multiplied with
     */
    void softmaxStep(float[] scores, int keys, int width, int columns, float[] maxima, float[] sums, float[] factors);

    /**
     * Makes scores of keys that a column may not see negative infinity.
     *
     * @param scores {@code [keys][width]}
     * @param firstKey position of the first key
     * @param first per column, the first visible position
     * @param last per column, the last visible position
     */
    void mask(float[] scores, int keys, int width, int columns, int firstKey, int[] first, int[] last);

    /** Multiplies each column of {@code [rows][width]} values with its factor. */
    void scaleColumns(float[] values, int offset, int rows, int width, int columns, float[] factors);
}
