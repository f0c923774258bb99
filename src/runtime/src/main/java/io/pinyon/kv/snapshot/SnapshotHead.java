/* SPDX-License-Identifier: Apache-2.0 */
package io.pinyon.kv.snapshot;

import java.util.List;

import io.pinyon.kv.Fingerprint;
import io.pinyon.kv.KvSpec;

/** What a snapshot says before the bytes of its pages. */
public final class SnapshotHead {
    private final Fingerprint model;
    private final String modelName;
    private final String codec;
    private final String note;
    private final int contextLength;
    private final int[] tokens;
    private final int committed;
    private final List<LayerLayout> layers;

    /**
     * @param model which model computed the keys and values
     * @param modelName what people call it; may be empty
     * @param codec its {@link #codec(KvSpec)}, for example {@code codec=f16/f16:page=64}
     * @param note what the program that wrote the file keeps with it; may be empty
     * @param contextLength most tokens that the sequence may have
     * @param tokens ids of all tokens; copied
     * @param committed how many of them, from the first on, have keys and values in the pages; the rest is pending
     * @param layers what the pages of each layer look like
     */
    public SnapshotHead(Fingerprint model, String modelName, String codec, String note, int contextLength,
            int[] tokens, int committed, List<LayerLayout> layers) {
        this.model = model;
        this.modelName = modelName;
        this.codec = codec;
        this.note = note;
        this.contextLength = contextLength;
        this.tokens = tokens.clone();
        this.committed = committed;
        this.layers = List.copyOf(layers);
    }

    /** The axis codec of a KV specification, written out so that equal codecs are equal texts. */
    public static String codec(KvSpec spec) {
        return "codec=" + spec.keyFormat().name() + "/" + spec.valueFormat().name() + ":page=" + spec.pageTokens();
    }

    /** Which model computed the keys and values. */
    public Fingerprint model() {
        return model;
    }

    /** What people call the model; may be empty. */
    public String modelName() {
        return modelName;
    }

    /** KV specification of the axis codec. */
    public String codec() {
        return codec;
    }

    /** What the program that wrote the file keeps with it; may be empty. */
    public String note() {
        return note;
    }

    /** Most tokens that the sequence may have. */
    public int contextLength() {
        return contextLength;
    }

    /** A copy of the ids of all tokens. */
    public int[] tokens() {
        return tokens.clone();
    }

    /** Number of tokens, pending ones included. */
    public int length() {
        return tokens.length;
    }

    /** How many tokens, from the first on, have keys and values in the pages. */
    public int committed() {
        return committed;
    }

    /** What the pages of each layer look like. */
    public List<LayerLayout> layers() {
        return layers;
    }
}
