/* SPDX-License-Identifier: Apache-2.0 */
package io.pinyon.model;

import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.regex.Matcher;
import java.util.regex.Pattern;

/** A matrix of float32 values in NumPy's format. */
final class Npy {
    private static final Pattern HEADER = Pattern
            .compile("'descr': '<f4', 'fortran_order': False, 'shape': \\((\\d+), (\\d+)\\)");

    private final int rows;
    private final int cols;
    private final float[] values;

    private Npy(int rows, int cols, float[] values) {
        this.rows = rows;
        this.cols = cols;
        this.values = values;
    }

    int rows() {
        return rows;
    }

    int cols() {
        return cols;
    }

    /** Row-major. */
    float[] values() {
        return values.clone();
    }

    static Npy read(Path file) throws IOException {
        ByteBuffer bytes = ByteBuffer.wrap(Files.readAllBytes(file)).order(ByteOrder.LITTLE_ENDIAN);
        int headerBytes = bytes.getShort(8);
        String header = new String(bytes.array(), 10, headerBytes, StandardCharsets.ISO_8859_1);
        Matcher shape = HEADER.matcher(header);
        if (bytes.get(6) != 1 || !shape.find()) {
            throw new IOException(file + " has the header " + header);
        }
        int rows = Integer.parseInt(shape.group(1));
        int cols = Integer.parseInt(shape.group(2));
        float[] values = new float[rows * cols];
        bytes.position(10 + headerBytes).slice().order(ByteOrder.LITTLE_ENDIAN).asFloatBuffer().get(values);
        return new Npy(rows, cols, values);
    }
}
