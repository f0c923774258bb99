/* SPDX-License-Identifier: Apache-2.0 */
package io.pinyon;

import java.nio.file.Path;
import java.util.OptionalLong;

import io.pinyon.device.DeviceChoice;
import io.pinyon.device.DeviceInfo;
import io.pinyon.device.KvLayout;
import io.pinyon.engine.Engine;
import io.pinyon.engine.Sequence;
import io.pinyon.engine.Snapshots;
import io.pinyon.error.UsageException;
import io.pinyon.format.KvFormats;
import io.pinyon.kv.KvCache;
import io.pinyon.kv.KvPool;
import io.pinyon.kv.KvSpec;
import io.pinyon.kv.place.Placement;
import io.pinyon.memory.MemorySnapshot;
import io.pinyon.model.CausalModel;
import io.pinyon.tokenizer.Tokenizer;

/**
 * A loaded model: weights on a device, and a tokenizer.
 *
 * <p>It may be used by several threads. Each opens sessions of its own; their steps take turns on the device. A model
 * owns its device and everything on it; close the sessions first.
 */
public final class Model implements AutoCloseable {
    private final ModelInfo info;
    private final DeviceChoice choice;
    private final CausalModel causal;
    private final TokenizerSlot tokenizer;
    private final Engine engine;
    private final KvPool pool;
    private final Snapshots snapshots;
    private final Resources resources;
    private int sessions;
    private boolean open = true;

    Model(ModelInfo info, DeviceChoice choice, CausalModel causal, TokenizerSlot tokenizer, Engine engine,
            KvPool pool, Snapshots snapshots, Resources resources) {
        this.info = info;
        this.choice = choice;
        this.causal = causal;
        this.tokenizer = tokenizer;
        this.engine = engine;
        this.pool = pool;
        this.snapshots = snapshots;
        this.resources = resources;
    }

    /** Facts about the model. */
    public ModelInfo info() {
        return info;
    }

    /** The device that it runs on. */
    public DeviceInfo device() {
        return choice.device().info();
    }

    /** Why it runs on this device, in one line for people. */
    public String deviceReason() {
        return choice.reason();
    }

    /**
     * The model's tokenizer; closed with the model.
     *
     * @throws io.pinyon.error.ModelFileException {@code PIN-TOKENIZER-…} if the model has none that can be used; it then
     *     runs on token ids only
     * @throws UsageException {@code PIN-MODEL-CLOSED} after {@link #close}
     */
    public synchronized Tokenizer tokenizer() {
        requireOpen();
        return tokenizer.require();
    }

    /** Opens a session with {@link SessionOptions#defaults}. */
    public Session session() {
        return session(SessionOptions.defaults());
    }

    /**
     * Opens a session. It takes no memory for keys and values before there are tokens.
     *
     * @return the session; the caller closes it before the model
     * @throws UsageException {@code PIN-KV-…} for a KV specification that is malformed or not supported,
     *     {@code PIN-OPTION-CONTEXT} for a context longer than the model's, {@code PIN-MODEL-CLOSED} after
     *     {@link #close}
     */
    public synchronized Session session(SessionOptions options) {
        requireOpen();
        KvSpec spec = KvSpec.parse(options.kv());
        Options.require(options.contextLength() <= info.contextLength(), "PIN-OPTION-CONTEXT", "context length",
                options.contextLength(), "this model was trained for at most " + info.contextLength() + " tokens");
        int capacity = options.contextLength() == 0 ? info.contextLength() : options.contextLength();
        Sequence sequence = engine.open(() -> cache(spec, capacity));
        sessions++;
        return new Session(this, engine, tokenizer, sequence, spec.toString(), "");
    }

    /** Opens a session that was saved, with {@link SessionOptions#asSaved}. */
    public Session open(Path file) {
        return open(file, SessionOptions.asSaved());
    }

    /**
     * Opens a session that {@link Session#save(Path)} has written, ready to continue as if its tokens had just been run. The
     * file is not needed any more when this returns.
     *
     * @param file the file
     * @param options a KV specification that names a codec must name the one that the file has; with an empty one, or one
     *     that names other axes only, the file's is used. A context length of 0 is the one that the session had
     * @return the session; the caller closes it before the model
     * @throws io.pinyon.error.ModelFileException {@code PIN-SNAPSHOT-FORMAT} if the file is no saved session,
     *     {@code PIN-SNAPSHOT-VERSION} for one of a version that is not read, {@code PIN-SNAPSHOT-CORRUPT} if it is cut
     *     short or damaged, {@code PIN-SNAPSHOT-MODEL} if it is of another model, {@code PIN-FILE-…} if it cannot be read
     * @throws UsageException {@code PIN-SNAPSHOT-SPEC} for another codec than the file's, {@code PIN-OPTION-CONTEXT} for a
     *     context length that is the model's no more or too short for the tokens, and as {@link #session(SessionOptions)}
     * @throws io.pinyon.error.MemoryException if the keys and values do not fit
     */
    public Session open(Path file, SessionOptions options) {
        synchronized (this) {
            requireOpen();
            // counts before it is there, so that the model stays open meanwhile
            sessions++;
        }
        try (SavedSession saved = SavedSession.open(file, options, info, snapshots.fingerprint())) {
            KvSpec spec = saved.spec();
            saved.requireFit(causal.kvLayouts(spec.keyFormat(), spec.valueFormat(), spec.pageTokens()));
            Sequence sequence = snapshots.restore(saved.file(), () -> cache(spec, saved.contextLength()));
            return new Session(this, engine, tokenizer, sequence, spec.toString(), saved.file().head().note());
        } catch (RuntimeException | Error e) {
            sessionClosed();
            throw e;
        }
    }

    private KvCache cache(KvSpec spec, int capacity) {
        return pool.open(causal.kvLayouts(spec.keyFormat(), spec.valueFormat(), spec.pageTokens()), Placement.DEVICE,
                capacity, causal.window());
    }

    Snapshots snapshots() {
        return snapshots;
    }

    /** Bytes on the model's device by tier and purpose, of the weights and of all sessions. */
    public MemorySnapshot memory() {
        return choice.device().memory().snapshot();
    }

    /**
     * Bytes of device memory that are gone since the model was opened, as the driver counts, so also those of others;
     * empty on host devices.
     */
    public OptionalLong driverBytes() {
        return choice.device().takenBytes();
    }

    /** Bytes that a token's keys and values take in 16 bits. */
    long fullTokenBytes() {
        return causal.kvLayouts(KvFormats.F16, KvFormats.F16, KvSpec.DEFAULT_PAGE_TOKENS).stream()
                .mapToLong(KvLayout::tokenBytes).sum();
    }

    synchronized void sessionOpened() {
        sessions++;
    }

    synchronized void sessionClosed() {
        sessions--;
    }

    /**
     * Gives back the device and everything on it; harmless when repeated.
     *
     * @throws UsageException {@code PIN-MODEL-BUSY} if sessions are open; nothing is closed then
     */
    @Override
    public synchronized void close() {
        if (sessions > 0) {
            throw new UsageException("PIN-MODEL-BUSY",
                    sessions + (sessions == 1 ? " session of the model is" : " sessions of the model are") + " open",
                    "close every session before its model");
        }
        open = false;
        resources.close();
    }

    private void requireOpen() {
        if (!open) {
            throw new UsageException("PIN-MODEL-CLOSED", "the model is closed", "load it again");
        }
    }
}
