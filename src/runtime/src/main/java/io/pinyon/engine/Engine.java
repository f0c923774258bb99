/* SPDX-License-Identifier: Apache-2.0 */
package io.pinyon.engine;

import java.lang.System.Logger.Level;
import java.util.concurrent.locks.ReentrantLock;
import java.util.function.BooleanSupplier;
import java.util.function.Consumer;
import java.util.function.Supplier;

import io.pinyon.device.KvPageException;
import io.pinyon.device.Tensor;
import io.pinyon.error.MemoryException;
import io.pinyon.error.UsageException;
import io.pinyon.kv.KvCache;
import io.pinyon.memory.Bytes;
import io.pinyon.model.CausalModel;
import io.pinyon.model.Step;

/**
 * Runs the steps of all sequences of one model.
 *
 * <p>Sequences may be run by different threads: a step has the model to itself, and whoever waits longest is next.
 * Nothing of the caller's runs within a step. A step that fails leaves its sequence as it was before, except that tokens
 * whose page was lost meanwhile are pending again.
 */
public final class Engine implements AutoCloseable {
    /** Receives the logits of consecutive tokens. */
    @FunctionalInterface
    public interface RowsListener {
        /**
         * Called after each step.
         *
         * @param firstRow index of the first row among the tokens of the call
         * @param rows number of rows
         * @param logits {@code [rows, vocabularySize]}, overwritten by the next step
         */
        void onRows(int firstRow, int rows, float[] logits);
    }

    private static final System.Logger LOG = System.getLogger("io.pinyon");

    private final CausalModel model;
    private final int chunk;
    private final ReentrantLock turn = new ReentrantLock(true);
    private final Tensor lastRow;
    private final DeviceSampler deviceSampler;

    /**
     * @param model used by this engine alone, not closed by it
     * @param chunk most tokens of a prompt that one step runs, at least 1
     */
    public Engine(CausalModel model, int chunk) {
        this.model = model;
        this.chunk = Math.min(chunk, model.maxRows());
        lastRow = model.device().allocate(1, model.config().vocabularySize());
        deviceSampler = new DeviceSampler(model.device());
    }

    /** Bytes that an engine allocates besides the model: the logits of one row, and what a token is chosen with. */
    public static long workingBytes(int vocabularySize) {
        return (long) Float.BYTES * vocabularySize + DeviceSampler.BYTES;
    }

    /** Number of logits of a row. */
    public int vocabularySize() {
        return model.config().vocabularySize();
    }

    /** Most tokens that one step runs. */
    public int chunk() {
        return chunk;
    }

    /**
     * Appends tokens and runs all that are pending, in chunks. If it does not come to its end, by failure or
     * cancellation, the sequence is as it was before.
     *
     * @param added token ids, not empty
     * @param cancellation looked at before each chunk
     * @param logits receives those of the last token; empty to compute none
     * @return false if it was cancelled
     * @throws UsageException {@code PIN-PROMPT-EMPTY}, {@code PIN-PROMPT-TOOLONG} or {@code PIN-PROMPT-TOKEN} before
     *     any work
     */
    public boolean prefill(Sequence sequence, int[] added, Cancellation cancellation, float[] logits) {
        return prefill(sequence, added, cancellation, logits.length > 0 ? 1 : 0, copyTo(logits));
    }

    /** As {@link #prefill(Sequence, int[], Cancellation, float[])}, to choose the token that follows. */
    boolean prefill(Sequence sequence, int[] added, Cancellation cancellation, NextToken next) {
        return prefill(sequence, added, cancellation, 1, choose(next));
    }

    private boolean prefill(Sequence sequence, int[] added, Cancellation cancellation, int lastLogits,
            Consumer<Tensor> receiver) {
        return allOrNothing(sequence, added, () -> {
            adopt(sequence);
            for (int left = pending(sequence); left > 0; left = pending(sequence)) {
                if (cancellation.requested()) {
                    return false;
                }
                int rows = Math.min(left, chunk);
                step(sequence, rows, rows == left ? lastLogits : 0, receiver);
            }
            return true;
        });
    }

    /**
     * As {@link #prefill}, with the logits of every appended token.
     *
     * @param listener called outside of any step; an exception that it throws ends the call
     * @return false if it was cancelled
     * @throws MemoryException {@code PIN-MEMORY-HEAP} if the logits of a chunk do not fit in the Java heap
     */
    public boolean prefillRows(Sequence sequence, int[] added, Cancellation cancellation, RowsListener listener) {
        float[] logits = rowsBuffer(Math.min(added.length, chunk));
        return allOrNothing(sequence, added, () -> {
            int done = 0;
            while (sequence.committed() < sequence.length() - added.length) {
                step(sequence, Math.min(pending(sequence) - added.length, chunk), 0, copyTo(logits));
            }
            while (done < added.length) {
                if (cancellation.requested()) {
                    return false;
                }
                int rows = Math.min(added.length - done, chunk);
                step(sequence, rows, rows, copyTo(logits));
                listener.onRows(done, rows, logits);
                done += rows;
            }
            return true;
        });
    }

    /** Runs the one pending token of a sequence, to choose the token that follows. */
    void decode(Sequence sequence, NextToken next) {
        step(sequence, 1, 1, choose(next));
    }

    private Consumer<Tensor> copyTo(float[] target) {
        return logits -> model.device().read(logits, target, 0);
    }

    private Consumer<Tensor> choose(NextToken next) {
        return logits -> next.onLogits(logits, model.device(), deviceSampler);
    }

    /**
     * Opens a sequence when no step is running.
     *
     * @param cache makes its cache
     */
    public Sequence open(Supplier<? extends KvCache> cache) {
        turn.lock();
        try {
            return new Sequence(cache.get());
        } finally {
            turn.unlock();
        }
    }

    private void adopt(Sequence sequence) {
        if (sequence.mayAdopt()) {
            turn.lock();
            try {
                sequence.adopt();
            } finally {
                turn.unlock();
            }
        }
    }

    /**
     * Takes tokens out of a sequence when no step is running.
     *
     * @param from index of the first
     * @param to index behind the last
     */
    public void excise(Sequence sequence, int from, int to) {
        turn.lock();
        try {
            sequence.excise(from, to);
        } finally {
            turn.unlock();
        }
    }

    /** Cuts a sequence when no step is running. */
    public void truncate(Sequence sequence, int length) {
        turn.lock();
        try {
            sequence.truncate(length);
        } finally {
            turn.unlock();
        }
    }

    /**
     * Forks a sequence when no step is running.
     *
     * @return another sequence of the same tokens, closed independently
     */
    public Sequence fork(Sequence sequence) {
        turn.lock();
        try {
            return sequence.fork();
        } finally {
            turn.unlock();
        }
    }

    /** Does something with caches when no step is running. */
    void exclusively(Runnable work) {
        turn.lock();
        try {
            work.run();
        } finally {
            turn.unlock();
        }
    }

    /** Closes a sequence when no step is running. */
    public void close(Sequence sequence) {
        turn.lock();
        try {
            sequence.close();
        } finally {
            turn.unlock();
        }
    }

    /** Gives back the engine's working memory, after the last step; harmless when repeated. */
    @Override
    public void close() {
        turn.lock();
        try {
            lastRow.close();
            deviceSampler.close();
        } finally {
            turn.unlock();
        }
    }

    private void step(Sequence sequence, int rows, int logitRows, Consumer<Tensor> receiver) {
        turn.lock();
        try {
            forwardOrRecover(sequence, rows, logitRows, receiver);
        } catch (RuntimeException | Error e) {
            undo(sequence::rollback, e);
            throw e;
        } finally {
            turn.unlock();
        }
    }

    /** Runs a step; if it finds that a page is lost, computes again what the page held and repeats the step. */
    private void forwardOrRecover(Sequence sequence, int rows, int logitRows, Consumer<Tensor> receiver) {
        int before = sequence.committed();
        int pages = sequence.pages();
        for (int lost = 0;; lost++) {
            try {
                while (sequence.committed() < before) {
                    forward(sequence, Math.min(before - sequence.committed(), chunk), 0, receiver);
                }
                forward(sequence, rows, logitRows, receiver);
                return;
            } catch (KvPageException e) {
                if (lost >= pages || !sequence.forget(e.page())) {
                    throw e;
                }
                LOG.log(Level.WARNING, () -> e.getMessage() + "; the tokens from " + sequence.committed()
                        + " on are computed again");
            }
        }
    }

    /** Runs a step; what it needs besides pages may grow with it, so pages give way until it fits or nothing is left. */
    private void forward(Sequence sequence, int rows, int logitRows, Consumer<Tensor> receiver) {
        for (int columns = 1;; columns *= 2) {
            try {
                attempt(sequence, rows, logitRows, receiver);
                return;
            } catch (MemoryException e) {
                if (!sequence.makeRoom(columns)) {
                    throw e;
                }
            }
        }
    }

    private void attempt(Sequence sequence, int rows, int logitRows, Consumer<Tensor> receiver) {
        sequence.reserve(rows);
        try (Tensor logits = logits(logitRows)) {
            model.forward(new Step().add(sequence.cache(), sequence.pending(rows), logitRows), logits);
            if (logitRows > 0) {
                receiver.accept(logits);
            }
        }
        sequence.commit(rows);
        sequence.publish();
    }

    private Tensor logits(int rows) {
        return rows <= 1 ? lastRow.rows(0, rows) : model.device().allocate(rows, vocabularySize());
    }

    private static void undo(Runnable work, Throwable failure) {
        try {
            work.run();
        } catch (RuntimeException e) {
            failure.addSuppressed(e);
        }
    }

    private float[] rowsBuffer(int rows) {
        long size = (long) rows * vocabularySize();
        if (size > Integer.MAX_VALUE - 8) {
            throw new UsageException("PIN-OPTION-PREFILLCHUNK",
                    "the logits of " + rows + " tokens at once do not fit in an array",
                    "use a prefill chunk of at most " + (Integer.MAX_VALUE - 8) / vocabularySize());
        }
        try {
            return new float[(int) size];
        } catch (OutOfMemoryError e) {
            throw new MemoryException("PIN-MEMORY-HEAP",
                    Bytes.format(4 * size) + " for the logits of " + rows + " tokens do not fit in the Java heap",
                    "use a smaller prefill chunk, or start Java with a larger -Xmx", e);
        }
    }

    private boolean allOrNothing(Sequence sequence, int[] added, BooleanSupplier work) {
        check(sequence, added);
        int before = sequence.length();
        sequence.append(added);
        try {
            boolean complete = work.getAsBoolean();
            if (!complete) {
                truncate(sequence, before);
            }
            return complete;
        } catch (RuntimeException | Error e) {
            undo(() -> truncate(sequence, before), e);
            throw e;
        }
    }

    /**
     * Refuses tokens that cannot be appended.
     *
     * @throws UsageException {@code PIN-PROMPT-EMPTY}, {@code PIN-PROMPT-TOOLONG} or {@code PIN-PROMPT-TOKEN}
     */
    public void check(Sequence sequence, int[] added) {
        if (added.length == 0) {
            throw new UsageException("PIN-PROMPT-EMPTY", "the prompt has no tokens", "give at least one");
        }
        if (added.length > sequence.free()) {
            throw new UsageException("PIN-PROMPT-TOOLONG",
                    "the prompt has " + added.length + " tokens, but of the context of " + sequence.capacity()
                            + " only "
                            + sequence.free() + " are free",
                    "shorten the prompt, use a longer context, or start a new session");
        }
        for (int token : added) {
            if (token < 0 || token >= vocabularySize()) {
                throw new UsageException("PIN-PROMPT-TOKEN", "the prompt has the token " + token,
                        "token ids of this model go from 0 to " + (vocabularySize() - 1));
            }
        }
    }

    private static int pending(Sequence sequence) {
        return sequence.length() - sequence.committed();
    }
}
