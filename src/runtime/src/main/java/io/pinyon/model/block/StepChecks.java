/* SPDX-License-Identifier: Apache-2.0 */
package io.pinyon.model.block;

import java.util.Collections;
import java.util.IdentityHashMap;
import java.util.Set;

import io.pinyon.device.Tensor;
import io.pinyon.error.EngineException;
import io.pinyon.error.UsageException;
import io.pinyon.kv.KvCache;
import io.pinyon.model.CausalModel;
import io.pinyon.model.ModelConfig;
import io.pinyon.model.Step;

/** What must hold before a step may run. */
final class StepChecks {
    private StepChecks() {}

    /**
     * Checks the rows, caches and token ids of a step.
     *
     * @throws EngineException {@code PIN-MODEL-STEP} if rows, caches or logits do not fit the model
     * @throws UsageException {@code PIN-MODEL-TOKEN} if a token id is not in the vocabulary
     */
    static void require(CausalModel model, Step step, Tensor logits) {
        ModelConfig config = model.config();
        if (step.rows() < 1 || step.rows() > model.maxRows()) {
            throw refuse("a step of " + step.rows() + " rows", "from 1 to " + model.maxRows() + " rows");
        }
        if (logits.rows() != step.logitRows() || logits.cols() != config.vocabularySize()) {
            throw refuse("logits [" + logits.rows() + ", " + logits.cols() + "]",
                    "[" + step.logitRows() + ", " + config.vocabularySize() + "]");
        }
        Set<KvCache> caches = Collections.newSetFromMap(new IdentityHashMap<>());
        for (Step.Part part : step.parts()) {
            if (part.cache().layers() != config.layers()) {
                throw refuse("a cache of " + part.cache().layers() + " layers", config.layers() + " layers");
            }
            if (!caches.add(part.cache())) {
                throw refuse("the same cache in two parts", "one part per sequence");
            }
        }
        requireTokens(step.tokens(), config.vocabularySize());
    }

    private static void requireTokens(int[] tokens, int vocabulary) {
        for (int token : tokens) {
            if (token < 0 || token >= vocabulary) {
                throw new UsageException("PIN-MODEL-TOKEN", "token " + token + " is not in the vocabulary of "
                        + vocabulary, "use the tokenizer of the same model");
            }
        }
    }

    private static EngineException refuse(String what, String expected) {
        return new EngineException("PIN-MODEL-STEP", what + " was given to a model that takes " + expected,
                "split or correct the step");
    }
}
