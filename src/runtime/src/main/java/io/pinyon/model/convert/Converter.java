/* SPDX-License-Identifier: Apache-2.0 */
package io.pinyon.model.convert;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;

import io.pinyon.error.EngineException;
import io.pinyon.error.ModelFileException;
import io.pinyon.error.UsageException;
import io.pinyon.format.GgufWriter;
import io.pinyon.format.TensorData;
import io.pinyon.format.WeightFormat;
import io.pinyon.format.WeightFormats;
import io.pinyon.model.ModelSource;
import io.pinyon.model.config.Naming;
import io.pinyon.model.weight.Role;
import io.pinyon.model.weight.TensorPlan;
import io.pinyon.model.weight.TensorSlot;

/**
 * Writes a Hugging Face model directory as one GGUF file.
 *
 * <p>Matrices get the format asked for; norms and biases stay float32, and matrices whose rows are no whole number of
 * blocks become F16. The file appears when it is complete. Weights are converted piece by piece.
 */
public final class Converter {
    private final ModelSource source;
    private final WeightFormat format;
    private final ProgressListener listener;
    private final GgufWriter writer = new GgufWriter();
    private final Map<String, Integer> formats = new TreeMap<>();
    private final List<String> notices = new ArrayList<>();
    private final List<TensorSlot> slots;

    private Converter(ModelSource source, WeightFormat format, ProgressListener listener) {
        this.source = source;
        this.format = format;
        this.listener = listener;
        this.slots = new TensorPlan(source.config()).all();
    }

    /**
     * Converts.
     *
     * @param huggingFaceDirectory with config.json, safetensors and tokenizer.json
     * @param out the new file; one that is there is replaced
     * @param format of matrices, one that can be written
     * @param listener is told about every tensor
     * @throws ModelFileException as for loading the model, and {@code PIN-CONVERT-UNSUPPORTED} for what a GGUF
     *         file cannot say
     * @throws UsageException {@code PIN-CONVERT-SOURCE} if the source is no directory, {@code PIN-FORMAT-NOENCODER} if
     *         the format can only be read
     * @throws EngineException {@code PIN-IO-WRITE} if the file cannot be written
     */
    public static Conversion convert(Path huggingFaceDirectory, Path out, WeightFormat format,
            ProgressListener listener) {
        if (!Files.isDirectory(huggingFaceDirectory)) {
            throw new UsageException("PIN-CONVERT-SOURCE", huggingFaceDirectory + " is not a directory",
                    "name a Hugging Face model directory");
        }
        if (!format.encodes()) {
            throw new UsageException("PIN-FORMAT-NOENCODER", "weights cannot be written as " + format.name(),
                    "choose one of " + WeightFormats.encodable());
        }
        try (ModelSource source = ModelSource.open(huggingFaceDirectory)) {
            return new Converter(source, format, listener).convert(out);
        }
    }

    private Conversion convert(Path out) {
        new ModelMetadata(writer, source, format).write();
        new TokenizerMetadata(writer, source.path(), source.config().model().vocabularySize(), notices).write();
        RopeDivisors.of(source.config().attention().rope()).forEach((name, values) -> {
            formats.merge(WeightFormats.F32.name(), 1, Integer::sum);
            writer.tensor(name, WeightFormats.F32, List.of((long) values.length),
                    (_, dst, offset) -> System.arraycopy(values, 0, dst, offset, values.length));
        });
        for (int i = 0; i < slots.size(); i++) {
            add(slots.get(i), i);
        }
        writer.write(out);
        try {
            return new Conversion(out, Files.size(out), formats, notices);
        } catch (IOException e) {
            throw new EngineException("PIN-IO-WRITE", out + " cannot be read back: " + e.getMessage(),
                    "check the disk", e);
        }
    }

    private void add(TensorSlot slot, int index) {
        TensorData data = source.checkpoint().require(slot);
        String name = source.family().tensorNames().name(slot, Naming.GGUF);
        WeightFormat chosen = choose(slot, name, data);
        formats.merge(chosen.name(), 1, Integer::sum);
        GgufWriter.Rows rows = rows(slot, data);
        writer.tensor(name, chosen, data.shape(), (row, dst, offset) -> {
            if (row == 0) {
                listener.begins(name, index, slots.size());
            }
            rows.read(row, dst, offset);
        });
    }

    private WeightFormat choose(TensorSlot slot, String name, TensorData data) {
        if (slot.role().norm() || slot.bias()) {
            return WeightFormats.F32;
        }
        if (data.cols() % format.blockElements() != 0) {
            notices.add(name + " is F16, because its rows of " + data.cols() + " are no whole blocks of "
                    + format.name());
            return WeightFormats.F16;
        }
        return format;
    }

    private GgufWriter.Rows rows(TensorSlot slot, TensorData data) {
        boolean turned = slot.role() == Role.QUERY || slot.role() == Role.KEY;
        if (turned && source.family().neighboursInGguf()) {
            int headDim = source.config().model().headDim();
            return slot.bias()
                    ? interleavedVector(data, headDim)
                    : (row, dst, offset) -> decode(data, halfOf(row, headDim), dst, offset);
        }
        float added = slot.role().norm() ? source.config().norms().offset() : 0;
        return (row, dst, offset) -> {
            decode(data, row, dst, offset);
            for (int i = 0; added != 0 && i < data.cols(); i++) {
                dst[offset + i] += added;
            }
        };
    }

    private static GgufWriter.Rows interleavedVector(TensorData data, int headDim) {
        return (_, dst, offset) -> {
            float[] halves = data.toFloats();
            for (int i = 0; i < halves.length; i++) {
                dst[offset + i] = halves[(int) halfOf(i, headDim)];
            }
        };
    }

    /** Which row of the order by halves goes to a row of the order by neighbours. */
    private static long halfOf(long row, int headDim) {
        long within = row % headDim;
        return row - within + within / 2 + within % 2 * (headDim / 2);
    }

    private static void decode(TensorData data, long row, float[] dst, int offset) {
        WeightFormat format = data.format();
        format.decode(data.bytes(), row * format.bytes(data.cols()), dst, offset,
                (int) (data.cols() / format.blockElements()));
    }
}
