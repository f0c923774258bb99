/* SPDX-License-Identifier: Apache-2.0 */
package io.pinyon.engine;

import io.pinyon.device.Device;
import io.pinyon.device.IntTensor;
import io.pinyon.device.Tensor;

/** Chooses a token where the logits are, so that four bytes come back instead of all of them. */
final class DeviceSampler implements AutoCloseable {
    private static final int SETTINGS = 5;
    /** Bytes of its settings and of the chosen token. */
    static final long BYTES = Float.BYTES * SETTINGS + Integer.BYTES;

    private final Device device;
    private final Tensor settings;
    private final IntTensor chosen;

    DeviceSampler(Device device) {
        this.device = device;
        this.settings = device.allocate(1, SETTINGS);
        this.chosen = device.allocateInts(1);
    }

    /**
     * Chooses among the first tokens of a row.
     *
     * @param logits {@code [1, vocabulary]}
     * @param choices number of token ids that may be chosen
     * @param values as {@link io.pinyon.device.Ops#sample} takes them
     * @return the id, or -1
     */
    int choose(Tensor logits, int choices, float[] values) {
        Tensor row = logits.reshape(logits.cols(), 1).rows(0, choices).reshape(1, choices);
        device.write(settings, values);
        device.ops().sample(row, settings, chosen);
        int[] id = new int[1];
        device.read(chosen, id);
        return id[0];
    }

    @Override
    public void close() {
        settings.close();
        chosen.close();
    }
}
