/* SPDX-License-Identifier: Apache-2.0 */
package io.pinyon.format;

import java.nio.file.Path;
import java.util.Collections;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;

import io.pinyon.error.ModelFileException;
import io.pinyon.error.UsageException;

/**
 * A GGUF file of version 2 or 3, little endian, mapped into memory.
 *
 * <p>Opening reads the header only; tensors and metadata arrays are read where they lie when they are asked for, and
 * become unusable when the file is closed. A file must not be shortened while it is open. All access is thread-safe.
 *
 * @see <a href="https://github.com/ggml-org/ggml/blob/master/docs/gguf.md">GGUF specification</a>
 */
public final class GgufFile implements TensorSource {
    /** "GGUF" as a little-endian integer. */
    static final int MAGIC = 0x46554747;
    static final String ALIGNMENT_KEY = "general.alignment";
    static final int DEFAULT_ALIGNMENT = 32;
    /** Key length, type, one byte of value. */
    private static final int LEAST_METADATA_BYTES = 8 + 4 + 1;

    private final MappedFile file;
    private final int version;
    private final Metadata metadata;
    private final Map<String, TensorData> tensors;

    private GgufFile(MappedFile file, int version, Metadata metadata, Map<String, TensorData> tensors) {
        this.file = file;
        this.version = version;
        this.metadata = metadata;
        this.tensors = tensors;
    }

    /**
     * Maps a file and checks its header: every count, name, shape, type and offset.
     *
     * @throws ModelFileException {@code PIN-FILE-…} if it cannot be read, {@code PIN-GGUF-…} if it is malformed
     */
    public static GgufFile open(Path path) {
        MappedFile file = MappedFile.open(path);
        try {
            return read(file);
        } catch (RuntimeException | Error e) {
            file.close();
            throw e;
        }
    }

    private static GgufFile read(MappedFile file) {
        GgufCursor cursor = new GgufCursor(file);
        int version = version(cursor);
        int tensorCount = cursor.count(GgufTensorTable.leastBytes(), "number of tensors");
        int valueCount = cursor.count(LEAST_METADATA_BYTES, "number of metadata values");
        Metadata metadata = metadata(cursor, valueCount, file.path());
        Map<String, TensorData> tensors = new GgufTensorTable(cursor).read(tensorCount, alignment(cursor, metadata),
                file.bytes());
        return new GgufFile(file, version, metadata, Collections.unmodifiableMap(tensors));
    }

    private static int version(GgufCursor cursor) {
        int magic = cursor.u32("the magic number");
        if (magic != MAGIC && magic != Integer.reverseBytes(MAGIC)) {
            throw cursor.malformed("PIN-GGUF-MAGIC",
                    "%08x where a GGUF file has %08x".formatted(Integer.reverseBytes(magic),
                            Integer.reverseBytes(MAGIC)));
        }
        int version = cursor.u32("the version");
        if (magic != MAGIC || (version & 0xffff) == 0) {
            throw cursor.malformed("PIN-GGUF-ENDIAN", "big-endian numbers");
        }
        if (version != 2 && version != 3) {
            throw cursor.malformed("PIN-GGUF-VERSION", "version " + Integer.toUnsignedString(version)
                    + ", where Pinyon reads 2 and 3");
        }
        return version;
    }

    private static Metadata metadata(GgufCursor cursor, int count, Path path) {
        Map<String, MetadataValue> values = new LinkedHashMap<>();
        for (int i = 0; i < count; i++) {
            String key = cursor.name("a metadata key");
            if (values.put(key, cursor.value(key)) != null) {
                throw cursor.malformed("PIN-GGUF-DUPLICATE", "the metadata key " + key + " twice");
            }
        }
        return new Metadata(String.valueOf(path.getFileName()), values);
    }

    private static int alignment(GgufCursor cursor, Metadata metadata) {
        int alignment = metadata.integer(ALIGNMENT_KEY).orElse(DEFAULT_ALIGNMENT);
        if (alignment < 8 || Integer.bitCount(alignment) != 1) {
            throw cursor.malformed("PIN-GGUF-ALIGNMENT", ALIGNMENT_KEY + " " + alignment
                    + ", which should be a power of two from 8 on");
        }
        return alignment;
    }

    /** 2 or 3. */
    public int version() {
        return version;
    }

    /** Hyperparameters, vocabulary and the like. */
    public Metadata metadata() {
        return metadata;
    }

    /** The file. */
    public Path path() {
        return file.path();
    }

    /** Bytes of the whole file. */
    public long sizeBytes() {
        return file.size();
    }

    /** Names of all tensors, in the order of the file. */
    @Override
    public Set<String> names() {
        return tensors.keySet();
    }

    /**
     * The tensor of this name.
     *
     * @throws UsageException {@code PIN-FORMAT-CLOSED} after {@link #close}
     */
    @Override
    public Optional<TensorData> find(String name) {
        file.requireOpen();
        return Optional.ofNullable(tensors.get(name));
    }

    /**
     * All tensors, in the order of the file.
     *
     * @throws UsageException {@code PIN-FORMAT-CLOSED} after {@link #close}
     */
    public List<TensorData> tensors() {
        file.requireOpen();
        return List.copyOf(tensors.values());
    }

    @Override
    public void close() {
        file.close();
    }
}
