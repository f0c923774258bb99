/* SPDX-License-Identifier: Apache-2.0 */
package io.pinyon.engine;

import java.util.ArrayList;
import java.util.Collections;
import java.util.List;
import java.util.concurrent.atomic.AtomicInteger;

import io.pinyon.device.Device;
import io.pinyon.device.DeviceOptions;
import io.pinyon.device.KvLayout;
import io.pinyon.device.Tensor;
import io.pinyon.device.scalar.ScalarDevice;
import io.pinyon.error.EngineException;
import io.pinyon.format.KvFormat;
import io.pinyon.format.KvFormats;
import io.pinyon.kv.PagedKvCache;
import io.pinyon.memory.Purpose;
import io.pinyon.model.CausalModel;
import io.pinyon.model.ModelConfig;
import io.pinyon.model.Step;

import static org.assertj.core.api.Assertions.assertThat;

/**
 * A model whose next token is known: after token t at position p comes {@code (3 t + p + 1) mod 50}. It watches that steps
 * do not overlap, and can be made to fail or to do something before a step.
 */
final class CountingModel implements CausalModel {
    static final int VOCABULARY = 50;
    private static final int MAX_ROWS = 8;

    private final Device device = new ScalarDevice(DeviceOptions.defaults());
    private final AtomicInteger inside = new AtomicInteger();
    private final List<Integer> steps = Collections.synchronizedList(new ArrayList<>());
    private volatile Runnable before = () -> {};
    private volatile int failAt = -1;

    static int next(int token, int position) {
        return (3 * token + position + 1) % VOCABULARY;
    }

    /** What a sequence becomes after a prompt. */
    static List<Integer> continuation(int[] prompt, int count) {
        List<Integer> tokens = new ArrayList<>();
        int token = prompt[prompt.length - 1];
        for (int i = 0; i < count; i++) {
            token = next(token, prompt.length - 1 + i);
            tokens.add(token);
        }
        return tokens;
    }

    Sequence sequence(int capacity) {
        return new Sequence(new PagedKvCache(device, kvLayouts(KvFormats.F16, KvFormats.F16, 4), capacity));
    }

    /** Rows of all steps so far. */
    List<Integer> steps() {
        return List.copyOf(steps);
    }

    void beforeEachStep(Runnable action) {
        before = action;
    }

    /** Fails the step that computes this position. */
    void failAt(int position) {
        failAt = position;
    }

    @Override
    public ModelConfig config() {
        return new ModelConfig("counting", "", 2, 4, 1, 1, 4, 4, VOCABULARY, 100);
    }

    @Override
    public Device device() {
        return device;
    }

    @Override
    public int maxRows() {
        return MAX_ROWS;
    }

    @Override
    public List<KvLayout> kvLayouts(KvFormat keys, KvFormat values, int pageTokens) {
        return Collections.nCopies(2, new KvLayout(keys, values, 1, 4, 4, pageTokens));
    }

    @Override
    public void forward(Step step, Tensor logits) {
        assertThat(inside.incrementAndGet()).as("steps at once").isEqualTo(1);
        try {
            before.run();
            steps.add(step.rows());
            device.write(logits, logits(step));
        } finally {
            inside.decrementAndGet();
        }
    }

    private float[] logits(Step step) {
        Step.Part part = step.parts().getFirst();
        assertThat(part.cache().view(1).capacity()).isGreaterThanOrEqualTo(part.cache().length() + part.rows());
        float[] values = new float[part.logitRows() * VOCABULARY];
        for (int row = 0; row < part.rows(); row++) {
            int position = part.cache().length() + row;
            if (position == failAt) {
                throw new EngineException("PIN-TEST-FAILURE", "a failure at position " + position, "none");
            }
            int logitRow = row - (part.rows() - part.logitRows());
            if (logitRow >= 0) {
                values[logitRow * VOCABULARY + next(step.tokens()[row], position)] = 10;
            }
        }
        return values;
    }

    @Override
    public void close() {
        assertThat(device.memory().snapshot().bytes(Purpose.KV)).as("KV bytes left").isZero();
        assertThat(device.memory().snapshot().bytes(Purpose.ACTIVATIONS)).as("activations left").isZero();
        device.close();
    }
}
