/* SPDX-License-Identifier: Apache-2.0 */
package io.pinyon.device.cuda;

import java.util.ArrayList;
import java.util.List;
import java.util.function.LongUnaryOperator;

/** Ranges to copy; those that are neighbours in source and target are joined, since each copy costs microseconds. */
final class CopyRuns {
    /** A range. */
    record Run(long target, long source, long bytes) {}

    private final LongUnaryOperator targetChunk;
    private final LongUnaryOperator sourceChunk;
    private final List<Run> runs = new ArrayList<>();

    /**
     * @param targetChunk start of the driver's allocation that a target belongs to; a copy must not cross from one to the
     *     next, even if their addresses happen to follow each other
     * @param sourceChunk likewise
     */
    CopyRuns(LongUnaryOperator targetChunk, LongUnaryOperator sourceChunk) {
        this.targetChunk = targetChunk;
        this.sourceChunk = sourceChunk;
    }

    /** Adds a range; only the one added before is a candidate for joining. */
    void add(long target, long source, long bytes) {
        if (!runs.isEmpty() && follows(runs.getLast(), target, source)) {
            Run last = runs.removeLast();
            runs.add(new Run(last.target(), last.source(), last.bytes() + bytes));
        } else {
            runs.add(new Run(target, source, bytes));
        }
    }

    private boolean follows(Run last, long target, long source) {
        return last.target() + last.bytes() == target && last.source() + last.bytes() == source
                && targetChunk.applyAsLong(last.target()) == targetChunk.applyAsLong(target)
                && sourceChunk.applyAsLong(last.source()) == sourceChunk.applyAsLong(source);
    }

    /** The joined ranges. */
    List<Run> runs() {
        return List.copyOf(runs);
    }

    /** Issues them in one call if the driver can; within {@link Gpu#call}. */
    void toDevice(Gpu gpu, PinnedMemory host, long stream) {
        if (!inBatch(gpu, stream)) {
            runs.forEach(run -> gpu.driver().copyToDeviceAsync(run.target(), host.segment(run.source(), run.bytes()),
                    stream));
        }
    }

    /** As {@link #toDevice}, the other way. */
    void toHost(Gpu gpu, PinnedMemory host, long stream) {
        if (!inBatch(gpu, stream)) {
            runs.forEach(run -> gpu.driver().copyToHostAsync(host.segment(run.target(), run.bytes()), run.source(),
                    stream));
        }
    }

    private boolean inBatch(Gpu gpu, long stream) {
        if (runs.size() < 2 || !gpu.driver().supportsBatchCopies()) {
            return false;
        }
        gpu.driver().copyBatchAsync(runs.stream().mapToLong(Run::target).toArray(),
                runs.stream().mapToLong(Run::source).toArray(), runs.stream().mapToLong(Run::bytes).toArray(), stream);
        return true;
    }
}
