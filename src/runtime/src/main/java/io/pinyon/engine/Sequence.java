/* SPDX-License-Identifier: Apache-2.0 */
package io.pinyon.engine;

import java.util.Arrays;
import java.util.Map;
import java.util.OptionalInt;

import io.pinyon.device.KvPage;
import io.pinyon.error.UsageException;
import io.pinyon.kv.KvCache;
import io.pinyon.memory.Tier;

/**
 * The tokens of one text and the cache of their keys and values.
 *
 * <p>The cache holds the first {@link #committed()} tokens; those behind them are pending: they belong to the text, as a
 * token just chosen does, but have not run through the model. One thread at a time, except for the plain numbers.
 */
public final class Sequence implements AutoCloseable {
    private static final int FIRST_CAPACITY = 64;

    private final KvCache cache;
    private int[] tokens = new int[FIRST_CAPACITY];
    private volatile int length;
    private volatile int committed;
    private volatile int excised;
    private volatile long bytes;
    private volatile long peakBytes;
    private final KvTally tally = new KvTally();

    /** An empty text; the cache must be empty and is closed with the sequence. */
    public Sequence(KvCache cache) {
        this.cache = cache;
    }

    /**
     * A text that is there already.
     *
     * @param cache holds the first tokens; the others are pending
     */
    Sequence(KvCache cache, int[] tokens) {
        this(cache);
        append(tokens);
        committed = cache.length();
        measure();
    }

    private Sequence(Sequence origin) {
        this(origin.cache.fork());
        tokens = origin.tokens.clone();
        length = origin.length;
        committed = origin.committed;
        excised = origin.excised;
        measure();
    }

    /**
     * Another text of the same tokens, pending ones included, whose cache is a fork of this one's; closed independently.
     *
     * @throws UsageException {@code PIN-KV-CLOSED} after {@link #close}
     */
    public Sequence fork() {
        var fork = new Sequence(this);
        measure();
        return fork;
    }

    /** Number of tokens, pending ones included. */
    public int length() {
        return length;
    }

    /** Tokens whose keys and values are in the cache. */
    public int committed() {
        return committed;
    }

    /** Most positions that it may ever have. */
    public int capacity() {
        return cache.capacity();
    }

    /** Tokens that may still be added; positions that were taken out are not free again. */
    public int free() {
        return capacity() - length - excised;
    }

    /** Bytes of the cache, with all of the pages that it shares with forks. */
    public long bytes() {
        return bytes;
    }

    /** The most bytes that the cache ever had. */
    public long peakBytes() {
        return peakBytes;
    }

    /** Bytes of the cache now, by the tier where they lie. */
    public Map<Tier, Long> bytesByTier() {
        return tally.now();
    }

    /** The most bytes that the cache had on each tier, as counted when it grew or shrank and when somebody asked. */
    public Map<Tier, Long> peakByTier() {
        return tally.peaks();
    }

    /** A copy of all tokens. */
    public int[] tokens() {
        return Arrays.copyOf(tokens, length);
    }

    /** Adds pending tokens; the caller has checked the capacity. */
    void append(int... added) {
        int end = Math.addExact(length, added.length);
        if (end > tokens.length) {
            tokens = Arrays.copyOf(tokens, Math.max(end, (int) Math.min(capacity(), 2L * tokens.length)));
        }
        System.arraycopy(added, 0, tokens, length, added.length);
        length = end;
    }

    /** The first pending tokens. */
    int[] pending(int count) {
        return Arrays.copyOfRange(tokens, committed, committed + count);
    }

    /**
     * Forgets the tokens from a position on.
     *
     * @param newLength from 0 to {@link #length()}
     * @throws UsageException {@code PIN-SESSION-LENGTH} for any other
     */
    public void truncate(int newLength) {
        if (newLength < 0 || newLength > length) {
            throw new UsageException("PIN-SESSION-LENGTH", "cannot cut " + length + " tokens to " + newLength,
                    "use a length from 0 to " + length);
        }
        if (newLength < committed) {
            cache.truncate(newLength);
            committed = newLength;
            excised = cache.length() - cache.entries();
        }
        length = newLength;
        measure();
    }

    /**
     * Takes tokens out of the middle; those behind keep their positions.
     *
     * @param from index of the first token, a multiple of the tokens of a page
     * @param to index behind the last token, likewise; at most {@link #committed()}
     * @throws UsageException {@code PIN-KV-EXCISE} if they cannot be taken out
     */
    public void excise(int from, int to) {
        cache.excise(from, to);
        int behind = length - to;
        System.arraycopy(tokens, to, tokens, from, behind);
        committed = cache.entries();
        length = from + behind;
        excised = cache.length() - cache.entries();
        measure();
    }

    /** Whether nothing has run, and what others ran may be taken over. */
    boolean mayAdopt() {
        return committed == 0 && cache.shares();
    }

    /** Takes over what other sequences, or earlier ones, have of the beginning of an empty one. */
    void adopt() {
        committed = cache.adopt(tokens());
        measure();
    }

    /** Lets other sequences find what has run. */
    void publish() {
        if (cache.publishable()) {
            cache.publish(Arrays.copyOf(tokens, committed));
            measure();
        }
    }

    /**
     * Frees memory of the device for what a step needs besides pages.
     *
     * @param columns how often something gives way, if there is as much
     * @return false if nothing did
     */
    boolean makeRoom(int columns) {
        int made = 0;
        while (made < columns && cache.makeRoom()) {
            made++;
        }
        measure();
        return made > 0;
    }

    /** Pages of one layer: as often a step may lose one. */
    int pages() {
        return cache.layers() == 0 ? 0 : cache.view(0).pages().size();
    }

    /**
     * Counts the tokens as pending again that a lost page takes away.
     *
     * @return false if it takes none, or some that could not run again as they did because others were taken out
     */
    boolean forget(KvPage page) {
        OptionalInt first = cache.lost(page);
        if (first.isEmpty() || excised > 0) {
            return false;
        }
        cache.truncate(first.getAsInt());
        committed = first.getAsInt();
        measure();
        return true;
    }

    KvCache cache() {
        return cache;
    }

    /** Makes room in the cache for pending tokens. */
    void reserve(int count) {
        cache.reserve(count);
        measure();
    }

    /** Counts pending tokens as run. */
    void commit(int count) {
        cache.commit(count);
        committed = cache.entries();
        measure();
    }

    /** Gives back what a failed step had reserved. */
    void rollback() {
        cache.truncate(committed);
        measure();
    }

    private void measure() {
        bytes = cache.bytes();
        peakBytes = Math.max(peakBytes, bytes);
        tally.measure(cache);
    }

    /** Closes the cache; harmless when repeated. */
    @Override
    public void close() {
        cache.close();
        bytes = 0;
        tally.clear();
    }
}
