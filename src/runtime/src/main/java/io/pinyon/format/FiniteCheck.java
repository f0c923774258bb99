/* SPDX-License-Identifier: Apache-2.0 */
package io.pinyon.format;

import io.pinyon.error.ModelFileException;

/**
 * Finds NaN and infinite weights, which would turn every output into NaN without a word.
 *
 * <p>The check decodes every element, so that it needs no knowledge of where a format keeps its scales: a NaN or
 * infinite scale shows in every element of its block. Opening a file does not run it. Norm vectors cost nothing; large
 * matrices cost one pass over their bytes.
 */
public final class FiniteCheck {
    private static final int CHUNK_ELEMENTS = 8192;

    private FiniteCheck() {}

    /**
     * Returns the tensor if all its elements are finite.
     *
     * @throws ModelFileException {@code PIN-FORMAT-NONFINITE} naming the tensor and the first bad element
     */
    public static TensorData require(TensorData tensor) {
        WeightFormat format = tensor.format();
        int chunk = CHUNK_ELEMENTS / format.blockElements();
        float[] values = new float[chunk * format.blockElements()];
        long blocks = tensor.elements() / format.blockElements();
        for (long done = 0; done < blocks; done += chunk) {
            int n = (int) Math.min(chunk, blocks - done);
            format.decode(tensor.bytes(), done * format.blockBytes(), values, 0, n);
            int bad = firstNonFinite(values, n * format.blockElements());
            if (bad >= 0) {
                throw new ModelFileException("PIN-FORMAT-NONFINITE", "element "
                        + (done * format.blockElements() + bad) + " of tensor " + tensor.name() + " is " + values[bad],
                        "fetch or convert the model again");
            }
        }
        return tensor;
    }

    /** The first index below {@code count} whose value is NaN or infinite; -1 if there is none. */
    static int firstNonFinite(float[] values, int count) {
        for (int i = 0; i < count; i++) {
            if (!Float.isFinite(values[i])) {
                return i;
            }
        }
        return -1;
    }
}
