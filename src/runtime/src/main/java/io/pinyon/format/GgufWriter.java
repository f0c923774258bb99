/* SPDX-License-Identifier: Apache-2.0 */
package io.pinyon.format;

import java.io.IOException;
import java.nio.channels.WritableByteChannel;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;

import io.pinyon.error.EngineException;
import io.pinyon.error.ModelFileException;
import io.pinyon.error.UsageException;

/**
 * Writes GGUF files of version 3.
 *
 * <p>Tensors are converted piece by piece while they are written, so memory stays small whatever the size of the model.
 * The file appears under its name only when it is complete; if anything fails, what was there before is untouched.
 */
public final class GgufWriter {
    private static final int VERSION = 3;
    private static final int MAX_RANK = 4;
    /** The specification's limit. */
    private static final int MAX_NAME_BYTES = 64;

    private final Map<String, MetadataValue> values = new LinkedHashMap<>();
    private final Map<String, Tensor> tensors = new LinkedHashMap<>();

    /** Supplies a tensor in float32, row by row. */
    @FunctionalInterface
    public interface Rows {
        /**
         * Writes one row; rows are asked for in order.
         *
         * @param row which row, from 0
         * @param dst receives {@code cols} values
         * @param dstOffset first index written
         */
        void read(long row, float[] dst, int dstOffset);
    }

    private record Tensor(WeightFormat format, List<Long> shape, GgufTensorContent content) {
        long bytes() {
            return format.bytes(product(shape));
        }
    }

    /** Starts a file with no values and no tensors. */
    public GgufWriter() {}

    /**
     * Adds a metadata value.
     *
     * @throws UsageException {@code PIN-GGUF-WRITE} if the key is taken, or an alignment is not a power of two from 8 on
     */
    public GgufWriter metadata(String key, MetadataValue value) {
        if (values.putIfAbsent(key, value) != null) {
            throw refuse("the metadata key " + key + " twice");
        }
        if (key.equals(GgufFile.ALIGNMENT_KEY)) {
            requireAlignment(value);
        }
        return this;
    }

    /**
     * Adds a tensor, converted unless it has the format already. Its source must be open until {@link #write}.
     *
     * @throws UsageException {@code PIN-GGUF-WRITE} if name, shape or format is not possible in a GGUF file, {@code
     *         PIN-FORMAT-NOENCODER} if the format can only be read
     */
    public GgufWriter tensor(String name, WeightFormat format, TensorData source) {
        if (!source.format().equals(format)) {
            return tensor(name, format, source.shape(), GgufConversion.rows(source));
        }
        requirePossible(name, format, source.shape());
        return add(name, new Tensor(format, source.shape(), sink -> sink.bytes(source.bytes())));
    }

    /**
     * Adds a tensor that is computed while it is written.
     *
     * @param shape dimensions, outermost first
     * @throws UsageException {@code PIN-GGUF-WRITE} if name, shape or format is not possible in a GGUF file, {@code
     *         PIN-FORMAT-NOENCODER} if the format can only be read
     */
    public GgufWriter tensor(String name, WeightFormat format, List<Long> shape, Rows rows) {
        requirePossible(name, format, shape);
        if (!format.encodes()) {
            throw new UsageException("PIN-FORMAT-NOENCODER", "tensor " + name + " cannot be written as "
                    + format.name(), "choose one of " + WeightFormats.encodable());
        }
        long count = product(shape.subList(0, shape.size() - 1));
        return add(name, new Tensor(format, List.copyOf(shape),
                new GgufConversion(name, format, rows, count, shape.getLast().intValue())));
    }

    private GgufWriter add(String name, Tensor tensor) {
        if (tensors.putIfAbsent(name, tensor) != null) {
            throw refuse("tensor " + name + " twice");
        }
        return this;
    }

    private static void requirePossible(String name, WeightFormat format, List<Long> shape) {
        int nameBytes = name.getBytes(StandardCharsets.UTF_8).length;
        if (nameBytes == 0 || nameBytes > MAX_NAME_BYTES) {
            throw refuse("the tensor name \"" + name + "\" of " + nameBytes + " bytes");
        }
        if (shape.isEmpty() || shape.size() > MAX_RANK || shape.stream().anyMatch(dimension -> dimension <= 0)
                || shape.getLast() > Integer.MAX_VALUE) {
            throw refuse("tensor " + name + " of shape " + shape);
        }
        if (shape.getLast() % format.blockElements() != 0) {
            throw refuse("tensor " + name + " with rows of " + shape.getLast() + " elements as " + format.name()
                    + ", whose blocks have " + format.blockElements());
        }
    }

    private static long product(List<Long> dimensions) {
        return dimensions.stream().reduce(1L, Math::multiplyExact);
    }

    /**
     * Writes the file.
     *
     * @throws EngineException {@code PIN-IO-WRITE} if the disk is full or the file cannot be written for another reason
     * @throws ModelFileException {@code PIN-FORMAT-NONFINITE} or {@code PIN-FORMAT-RANGE} if a weight has no equal in
     *         the format of its tensor
     */
    public void write(Path target) {
        AtomicFile.write(target, this::writeTo);
    }

    void writeTo(WritableByteChannel channel) throws IOException {
        GgufSink sink = new GgufSink(channel);
        int alignment = values.get(GgufFile.ALIGNMENT_KEY) instanceof MetadataValue.Whole whole
                ? (int) whole.value()
                : GgufFile.DEFAULT_ALIGNMENT;
        sink.u32(GgufFile.MAGIC);
        sink.u32(VERSION);
        sink.u64(tensors.size());
        sink.u64(values.size());
        for (Map.Entry<String, MetadataValue> entry : values.entrySet()) {
            sink.text(entry.getKey());
            sink.u32(entry.getValue().type().number());
            sink.value(entry.getValue());
        }
        writeTable(sink, alignment);
        for (Tensor tensor : tensors.values()) {
            sink.align(alignment);
            tensor.content.writeTo(sink);
        }
        sink.flush();
    }

    private void writeTable(GgufSink sink, int alignment) throws IOException {
        long offset = 0;
        for (Map.Entry<String, Tensor> entry : tensors.entrySet()) {
            Tensor tensor = entry.getValue();
            sink.text(entry.getKey());
            sink.u32(tensor.shape.size());
            for (long dimension : tensor.shape.reversed()) {
                sink.u64(dimension);
            }
            sink.u32(tensor.format.ggmlType());
            sink.u64(offset);
            offset += Math.ceilDiv(tensor.bytes(), alignment) * alignment;
        }
    }

    private static void requireAlignment(MetadataValue value) {
        if (!(value instanceof MetadataValue.Whole whole) || whole.value() < 8 || whole.value() > 1 << 30
                || Long.bitCount(whole.value()) != 1) {
            throw refuse(GgufFile.ALIGNMENT_KEY + " " + value);
        }
    }

    private static UsageException refuse(String what) {
        return new UsageException("PIN-GGUF-WRITE", "a GGUF file cannot have " + what, "change what is written");
    }
}
