/* SPDX-License-Identifier: Apache-2.0 */
package io.pinyon.format;

import java.io.IOException;
import java.lang.foreign.MemorySegment;

import io.pinyon.error.ModelFileException;

/** Encodes a tensor a few rows at a time. */
final class GgufConversion implements GgufTensorContent {
    private static final int CHUNK_ELEMENTS = 1 << 18;

    private final String name;
    private final WeightFormat format;
    private final GgufWriter.Rows rows;
    private final long count;
    private final int cols;

    GgufConversion(String name, WeightFormat format, GgufWriter.Rows rows, long count, int cols) {
        this.name = name;
        this.format = format;
        this.rows = rows;
        this.count = count;
        this.cols = cols;
    }

    /** The rows of a tensor that lies in a file. */
    static GgufWriter.Rows rows(TensorData source) {
        WeightFormat format = source.format();
        long rowBytes = format.bytes(source.cols());
        int blocks = Math.toIntExact(source.cols() / format.blockElements());
        return (row, dst, at) -> format.decode(source.bytes(), row * rowBytes, dst, at, blocks);
    }

    @Override
    public void writeTo(GgufSink sink) throws IOException {
        int group = Math.max(1, CHUNK_ELEMENTS / cols);
        float[] values = new float[(int) Math.min(group, count) * cols];
        MemorySegment encoded = MemorySegment.ofArray(new byte[Math.toIntExact(format.bytes(values.length))]);
        for (long row = 0; row < count; row += group) {
            int n = (int) Math.min(group, count - row);
            for (int i = 0; i < n; i++) {
                rows.read(row + i, values, i * cols);
            }
            encode(values, n * cols, encoded);
            sink.bytes(encoded.asSlice(0, format.bytes((long) n * cols)));
        }
    }

    private void encode(float[] values, int elements, MemorySegment encoded) {
        int bad = FiniteCheck.firstNonFinite(values, elements);
        if (bad >= 0) {
            throw new ModelFileException("PIN-FORMAT-NONFINITE", "tensor " + name + " has the weight " + values[bad],
                    "repair the model");
        }
        int blocks = elements / format.blockElements();
        try {
            format.encode(values, 0, encoded, 0, blocks);
        } catch (ModelFileException e) {
            throw new ModelFileException(e.code(), "tensor " + name + ": " + e.problem(), e.remedy(), e);
        }
        if (format.blockElements() == 1) {
            format.decode(encoded, 0, values, 0, blocks);
            if (FiniteCheck.firstNonFinite(values, elements) >= 0) {
                throw new ModelFileException("PIN-FORMAT-RANGE", "tensor " + name + " has a weight too large for "
                        + format.name(), "write it as F32");
            }
        }
    }
}
