/* SPDX-License-Identifier: Apache-2.0 */
package io.pinyon.model;

import java.util.List;

import io.pinyon.device.Device;
import io.pinyon.device.KvLayout;
import io.pinyon.device.Tensor;
import io.pinyon.format.KvFormat;

/**
 * A decoder-only language model on one device.
 *
 * <p>It owns its weights and the working memory of a step, but neither the device nor any cache. One thread at a time.
 */
public interface CausalModel extends AutoCloseable {
    /** The hyperparameters. */
    ModelConfig config();

    /** Where it runs. */
    Device device();

    /** Most rows that a step may have. */
    int maxRows();

    /**
     * The page layout of every layer.
     *
     * @param keys how keys are encoded
     * @param values how values are encoded
     * @param pageTokens tokens per page
     */
    List<KvLayout> kvLayouts(KvFormat keys, KvFormat values, int pageTokens);

    /** The largest sliding window of a layer, in tokens; 0 if no layer has one. */
    default int window() {
        return 0;
    }

    /**
     * Runs the rows of a step through all layers. Keys and values are stored behind the committed entries of each
     * sequence's cache, which the caller has reserved and commits afterwards.
     *
     * @param step the rows
     * @param logits receives {@code [step.logitRows(), vocabularySize]}
     */
    void forward(Step step, Tensor logits);

    @Override
    void close();
}
