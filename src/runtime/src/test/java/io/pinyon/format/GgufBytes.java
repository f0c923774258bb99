/* SPDX-License-Identifier: Apache-2.0 */
package io.pinyon.format;

import java.io.ByteArrayOutputStream;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.charset.StandardCharsets;

/** Spells GGUF files byte by byte, right ones and wrong ones, without help from the code under test. */
final class GgufBytes {
    private final ByteArrayOutputStream out = new ByteArrayOutputStream();

    /** Magic number, version 3 and the two counts. */
    static GgufBytes header(long tensors, long values) {
        return new GgufBytes().ascii("GGUF").u32(3).u64(tensors).u64(values);
    }

    /** Two values, three tensors (F32 [4], Q8_0 [2, 32], F16 [3, 1, 8]) and their data. */
    static GgufBytes small() {
        return header(3, 2).text("general.architecture").u32(8).text("test").text("names").u32(9).u32(8).u64(2)
                .text("a")
                .text("bé").tensor("norm", 0, 0, 4).tensor("matrix", 8, 32, 32, 2).tensor("cube", 1, 128, 8, 1, 3)
                .align(32).floats(1, 2, 3, 4).align(32).zeros(68).align(32).zeros(48);
    }

    GgufBytes ascii(String text) {
        out.writeBytes(text.getBytes(StandardCharsets.US_ASCII));
        return this;
    }

    GgufBytes bytes(int... values) {
        for (int value : values) {
            out.write(value);
        }
        return this;
    }

    GgufBytes u32(long value) {
        out.writeBytes(ByteBuffer.allocate(4).order(ByteOrder.LITTLE_ENDIAN).putInt((int) value).array());
        return this;
    }

    GgufBytes u64(long value) {
        out.writeBytes(ByteBuffer.allocate(8).order(ByteOrder.LITTLE_ENDIAN).putLong(value).array());
        return this;
    }

    GgufBytes floats(float... values) {
        for (float value : values) {
            u32(Float.floatToRawIntBits(value));
        }
        return this;
    }

    GgufBytes text(String text) {
        byte[] utf8 = text.getBytes(StandardCharsets.UTF_8);
        u64(utf8.length);
        out.writeBytes(utf8);
        return this;
    }

    /** A row of the tensor table; dimensions innermost first. */
    GgufBytes tensor(String name, int type, long offset, long... dimensions) {
        text(name).u32(dimensions.length);
        for (long dimension : dimensions) {
            u64(dimension);
        }
        return u32(type).u64(offset);
    }

    GgufBytes align(int alignment) {
        return zeros(Math.floorMod(-out.size(), alignment));
    }

    GgufBytes zeros(int count) {
        out.writeBytes(new byte[count]);
        return this;
    }

    byte[] toArray() {
        return out.toByteArray();
    }
}
