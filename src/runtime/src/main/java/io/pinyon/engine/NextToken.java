/* SPDX-License-Identifier: Apache-2.0 */
package io.pinyon.engine;

import java.util.Optional;

import io.pinyon.decode.SamplerChain;
import io.pinyon.device.Device;
import io.pinyon.device.Tensor;

/**
 * The next token of a sequence: chosen on the device within the step that computes its logits, or, by rules that only the
 * host knows, afterwards from a copy of them.
 */
final class NextToken {
    private final SamplerChain sampler;
    private final float[] logits;
    private int chosen = -1;

    NextToken(SamplerChain sampler, int vocabularySize) {
        this.sampler = sampler;
        this.logits = sampler.worksOnDevice() ? new float[0] : new float[vocabularySize];
    }

    /** Takes the logits {@code [1, vocabularySize]} of a step that has just been issued. */
    void onLogits(Tensor row, Device device, DeviceSampler deviceSampler) {
        Optional<float[]> settings = sampler.deviceSettings();
        if (settings.isPresent()) {
            chosen = deviceSampler.choose(row, sampler.vocabularySize(), settings.get());
        } else {
            device.read(row, logits, 0);
        }
    }

    /**
     * Its id; asked for once after each step.
     *
     * @throws io.pinyon.error.EngineException {@code PIN-SAMPLE-NONFINITE} if a logit is no finite number
     */
    int id() {
        return sampler.worksOnDevice() ? SamplerChain.requireChosen(chosen) : sampler.sample(logits);
    }
}
