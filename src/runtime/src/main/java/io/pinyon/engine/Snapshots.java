/* SPDX-License-Identifier: Apache-2.0 */
package io.pinyon.engine;

import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.function.Supplier;
import java.util.stream.IntStream;

import io.pinyon.device.Device;
import io.pinyon.kv.Fingerprint;
import io.pinyon.kv.KvCache;
import io.pinyon.kv.KvSpec;
import io.pinyon.kv.snapshot.LayerLayout;
import io.pinyon.kv.snapshot.SnapshotFile;
import io.pinyon.kv.snapshot.SnapshotHead;
import io.pinyon.kv.snapshot.SnapshotWriter;

/** Writes the sequences of one model to files, and makes sequences of them, between the steps of others. */
public final class Snapshots {
    private final Engine engine;
    private final Device device;
    private final String modelName;
    private final Supplier<Fingerprint> fingerprint;

    /**
     * @param engine runs the model
     * @param device where the caches have their pages
     * @param modelName what people call the model; may be empty
     * @param fingerprint computes, once, which model it is
     */
    public Snapshots(Engine engine, Device device, String modelName, Supplier<Fingerprint> fingerprint) {
        this.engine = engine;
        this.device = device;
        this.modelName = modelName;
        this.fingerprint = fingerprint;
    }

    /** Which model it is. */
    public Fingerprint fingerprint() {
        return fingerprint.get();
    }

    /** Ends the writing of a file from within. */
    private static final class Cancelled extends RuntimeException {
        private static final long serialVersionUID = 1L;

        Cancelled() {
            super("cancelled", null, false, false);
        }
    }

    /**
     * Writes a sequence, which nobody changes meanwhile, to a file.
     *
     * @param kv its KV specification
     * @param note kept with it
     * @param cancellation looked at before each page
     * @return false if it was cancelled; there is no file then
     * @throws io.pinyon.error.EngineException {@code PIN-IO-WRITE} if the file cannot be written
     * @throws io.pinyon.error.UsageException {@code PIN-SNAPSHOT-NOTE} or {@code PIN-SNAPSHOT-REMOVED}
     */
    public boolean save(Sequence sequence, Path file, String kv, String note, Cancellation cancellation) {
        KvCache cache = sequence.cache();
        List<LayerLayout> layers = IntStream.range(0, cache.layers())
                .mapToObj(layer -> LayerLayout.of(cache.view(layer).layout())).toList();
        var head = new SnapshotHead(fingerprint(), modelName, SnapshotHead.codec(KvSpec.parse(kv)), note,
                sequence.capacity(), sequence.tokens(), sequence.committed(), layers);
        try {
            new SnapshotWriter(cache, device, work -> {
                if (cancellation.requested()) {
                    throw new Cancelled();
                }
                engine.exclusively(work);
            }).write(file, head);
            return true;
        } catch (Cancelled _) {
            return false;
        }
    }

    /**
     * Makes a sequence of a file that has been compared with the model. Where sequences share what they have in common, it
     * takes part in that.
     *
     * @param opener opens an empty cache of the file's layouts when no step is running; it is closed with the sequence, or
     *     if this fails
     * @throws io.pinyon.error.ModelFileException {@code PIN-SNAPSHOT-CORRUPT} if a page is damaged
     * @throws io.pinyon.error.MemoryException if the pages do not fit
     */
    public Sequence restore(SnapshotFile file, Supplier<? extends KvCache> opener) {
        KvCache cache = open(opener);
        try {
            int[] tokens = file.head().tokens();
            engine.exclusively(() -> cache.adopt(Arrays.copyOf(tokens, file.head().committed())));
            file.restore(cache, device, engine::exclusively);
            Sequence sequence = new Sequence(cache, tokens);
            engine.exclusively(sequence::publish);
            return sequence;
        } catch (RuntimeException | Error e) {
            engine.exclusively(cache::close);
            throw e;
        }
    }

    private KvCache open(Supplier<? extends KvCache> opener) {
        List<KvCache> opened = new ArrayList<>();
        engine.exclusively(() -> opened.add(opener.get()));
        return opened.getFirst();
    }
}
