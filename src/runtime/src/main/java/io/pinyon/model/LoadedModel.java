/* SPDX-License-Identifier: Apache-2.0 */
package io.pinyon.model;

import java.nio.file.Path;
import java.util.Optional;

import io.pinyon.error.ModelFileException;
import io.pinyon.format.Metadata;
import io.pinyon.kv.Fingerprint;
import org.jspecify.annotations.Nullable;

/** A model on a device, with the file that it reads. Closing it gives back weights and memory, then the file. */
public final class LoadedModel implements AutoCloseable {
    private final CausalModel model;
    private final ModelSource source;
    private final ModelDescription description;
    private final int context;
    private @Nullable Fingerprint fingerprint;

    LoadedModel(CausalModel model, ModelSource source, ModelDescription description, int context) {
        this.model = model;
        this.source = source;
        this.description = description;
        this.context = context;
    }

    /** What computes. */
    public CausalModel model() {
        return model;
    }

    /** What it is. */
    public ModelDescription description() {
        return description;
    }

    /**
     * Tells it apart from models that compute something else; see {@link ModelSource#fingerprint}. Computed when it is
     * first asked for, which takes milliseconds.
     *
     * @throws io.pinyon.error.UsageException {@code PIN-FORMAT-CLOSED} if that is after {@link #close}
     */
    public synchronized Fingerprint fingerprint() {
        if (fingerprint == null) {
            fingerprint = source.fingerprint(context);
        }
        return fingerprint;
    }

    /** The GGUF file or the directory, which has the tokenizer as well. */
    public Path path() {
        return source.path();
    }

    /** Metadata with the vocabulary, if it is a GGUF file; to be read before closing. */
    public Optional<Metadata> metadata() {
        return source.metadata();
    }

    /**
     * Checks that the model has a row for every token that a tokenizer may produce.
     *
     * @param tokenizerSize number of its token ids
     * @throws ModelFileException {@code PIN-MODEL-VOCAB} if it has more than the embedding has rows
     */
    public void requireVocabulary(int tokenizerSize) {
        int rows = model.config().vocabularySize();
        if (tokenizerSize > rows) {
            throw new ModelFileException("PIN-MODEL-VOCAB", "the tokenizer has " + tokenizerSize
                    + " tokens, the embedding " + rows + " rows", "use the tokenizer of the same model");
        }
    }

    @Override
    public void close() {
        model.close();
        source.close();
    }
}
