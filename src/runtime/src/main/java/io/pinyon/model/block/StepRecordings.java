/* SPDX-License-Identifier: Apache-2.0 */
package io.pinyon.model.block;

import java.util.HashSet;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;

import io.pinyon.device.Device;
import io.pinyon.device.KvLayout;
import io.pinyon.device.Recording;
import io.pinyon.device.Tensor;
import io.pinyon.device.support.Ownership;
import io.pinyon.device.support.Placed;

/**
 * Recordings of steps that come again and again, where the device makes any. A shape that is seen for the first time runs
 * directly, because it may be the only time; the second time it is recorded, and from then on the recording is run.
 */
final class StepRecordings implements AutoCloseable {
    /** Shapes that are remembered; the oldest is forgotten first. */
    static final int MOST = 32;

    /**
     * All that the ops of a step depend on, apart from the contents of tensors and tables.
     *
     * @param rows rows of the step, each the only one of its sequence
     * @param owner whose memory the logits lie in
     * @param start where in it they start
     * @param layouts page layout of each layer
     */
    record Shape(int rows, Ownership owner, long start, List<KvLayout> layouts) {
        /** Empty for logits whose place is not known. */
        static Optional<Shape> of(int rows, Tensor logits, List<KvLayout> layouts) {
            return logits instanceof Placed placed
                    ? Optional.of(new Shape(rows, placed.owner(), placed.start(), layouts))
                    : Optional.empty();
        }
    }

    private final Device device;
    private final Set<Shape> seen = new HashSet<>();
    private final Map<Shape, Recording> recordings = new LinkedHashMap<>();
    private boolean deviceRecords = true;

    StepRecordings(Device device) {
        this.device = device;
    }

    /** Runs the ops of a step, directly or from a recording. */
    void run(Shape shape, Runnable ops) {
        forgetClosed();
        Recording recording = recordings.get(shape);
        if (recording != null) {
            recording.run();
        } else if (!deviceRecords || !shape.owner().isOpen() || addSeen(shape)) {
            ops.run();
        } else {
            record(shape, ops);
        }
    }

    private boolean addSeen(Shape shape) {
        if (seen.size() == MOST) {
            seen.clear();
        }
        return seen.add(shape);
    }

    private void record(Shape shape, Runnable ops) {
        Optional<Recording> recording = device.record(ops);
        deviceRecords = recording.isPresent();
        if (recording.isEmpty()) {
            ops.run();
            return;
        }
        seen.remove(shape);
        if (recordings.size() == MOST) {
            Shape oldest = recordings.keySet().iterator().next();
            recordings.remove(oldest).close();
        }
        recordings.put(shape, recording.get());
        recording.get().run();
    }

    /** A recording is no longer valid once its logits are closed. */
    private void forgetClosed() {
        seen.removeIf(shape -> !shape.owner().isOpen());
        recordings.entrySet().removeIf(entry -> {
            boolean closed = !entry.getKey().owner().isOpen();
            if (closed) {
                entry.getValue().close();
            }
            return closed;
        });
    }

    @Override
    public void close() {
        recordings.values().forEach(Recording::close);
        recordings.clear();
        seen.clear();
    }
}
