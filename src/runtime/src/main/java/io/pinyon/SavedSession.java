/* SPDX-License-Identifier: Apache-2.0 */
package io.pinyon;

import java.nio.file.Path;
import java.util.List;
import java.util.regex.Pattern;

import io.pinyon.device.KvLayout;
import io.pinyon.error.UsageException;
import io.pinyon.kv.Fingerprint;
import io.pinyon.kv.KvSpec;
import io.pinyon.kv.snapshot.SnapshotFile;
import io.pinyon.kv.snapshot.SnapshotHead;

/**
 * An open snapshot that has been compared with a model and with what the caller asks for.
 *
 * @param file the snapshot
 * @param spec how its keys and values are kept: encoded as in the file
 * @param contextLength most tokens that the session may have
 * @param vocabularySize number of token ids of the model
 */
record SavedSession(SnapshotFile file, KvSpec spec, int contextLength, int vocabularySize) implements AutoCloseable {
    private static final Pattern NAMES_CODEC = Pattern.compile("(?i)(^|;)\\s*codec\\s*=");

    static SavedSession open(Path path, SessionOptions options, ModelInfo model, Fingerprint fingerprint) {
        SnapshotFile file = SnapshotFile.open(path);
        try {
            file.requireModel(fingerprint, model.name());
            SnapshotHead head = file.head();
            KvSpec spec = spec(path, options.kv(), head);
            int context = options.contextLength() == 0 ? head.contextLength() : options.contextLength();
            Options.require(context <= model.contextLength(), "PIN-OPTION-CONTEXT", "context length", context,
                    "this model was trained for at most " + model.contextLength() + " tokens");
            Options.require(context >= head.length(), "PIN-OPTION-CONTEXT", "context length", context,
                    "the snapshot has " + head.length() + " tokens");
            return new SavedSession(file, spec, context, model.vocabularySize());
        } catch (RuntimeException | Error e) {
            file.close();
            throw e;
        }
    }

    private static KvSpec spec(Path path, String asked, SnapshotHead head) {
        if (asked.isBlank()) {
            return KvSpec.parse(head.codec());
        }
        boolean namesCodec = !asked.contains("=") || NAMES_CODEC.matcher(asked).find();
        KvSpec spec = KvSpec.parse(namesCodec ? asked : head.codec() + "; " + asked);
        if (!SnapshotHead.codec(spec).equals(head.codec())) {
            throw new UsageException("PIN-SNAPSHOT-SPEC", "the KV specification '" + asked + "' is "
                    + SnapshotHead.codec(spec) + ", but snapshot " + path + " has " + head.codec(),
                    "leave the codec out, or compute the session again with the other one");
        }
        return spec;
    }

    void requireFit(List<KvLayout> layouts) {
        file.requireFit(layouts, vocabularySize);
    }

    @Override
    public void close() {
        file.close();
    }
}
