/* SPDX-License-Identifier: Apache-2.0 */
package io.pinyon.format;

import java.io.IOException;
import java.io.InputStream;
import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.util.Arrays;
import java.util.List;
import java.util.Locale;
import java.util.Objects;
import java.util.stream.Stream;

import io.pinyon.error.ModelFileException;
import io.pinyon.error.PinyonException;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;
import tools.jackson.databind.JsonNode;
import tools.jackson.databind.json.JsonMapper;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

/** Blocks against what the reference implementation of GGUF reads and writes, bit for bit. */
class WeightFormatGoldenTest {
    static Stream<WeightFormat> decodable() {
        return WeightFormats.all().stream().filter(format -> !format.name().equals("F32"));
    }

    static Stream<WeightFormat> encodable() {
        return WeightFormats.all().stream().filter(WeightFormat::encodes).filter(f -> !f.name().equals("F32"));
    }

    @ParameterizedTest
    @MethodSource("decodable")
    void decodesTheBitsOfTheReference(WeightFormat format) throws IOException {
        byte[] blocks = golden("gguf-blocks", format, "blocks");
        float[] expected = floats(golden("gguf-blocks", format, "f32"));
        int count = blocks.length / format.blockBytes();

        assertThat(decode(format, MemorySegment.ofArray(blocks), 0, count)).isEqualTo(bits(expected));
    }

    @ParameterizedTest
    @MethodSource("decodable")
    void decodesAtAnyOffsetAndOnlyWhatWasAsked(WeightFormat format) throws IOException {
        byte[] blocks = golden("gguf-blocks", format, "blocks");
        float[] expected = floats(golden("gguf-blocks", format, "f32"));
        MemorySegment shifted = MemorySegment.ofArray(new byte[blocks.length + 3]);
        MemorySegment.copy(blocks, 0, shifted, ValueLayout.JAVA_BYTE, 3, blocks.length);
        int elements = format.blockElements();
        float[] out = new float[5 + 2 * elements + 1];
        Arrays.fill(out, 99);

        format.decode(shifted, 3 + format.blockBytes(), out, 5, 2);

        assertThat(out).startsWith(99, 99, 99, 99, 99).endsWith(99);
        for (int i = 0; i < 2 * elements; i++) {
            assertThat(out[5 + i]).as("element %d", i).isEqualTo(expected[elements + i]);
        }
    }

    @ParameterizedTest
    @MethodSource("encodable")
    void encodesTheBytesOfTheReference(WeightFormat format) throws IOException {
        float[] input = floats(resource("/golden/gguf-encode/input.f32.bin"));
        byte[] expected = golden("gguf-encode", format, "blocks");
        byte[] out = new byte[expected.length];

        format.encode(input, 0, MemorySegment.ofArray(out), 0, input.length / format.blockElements());

        assertThat(out).isEqualTo(expected);
    }

    @Test
    void registersEveryFormatOnce() {
        assertThat(WeightFormats.all()).hasSize(25).doesNotHaveDuplicates();
        for (WeightFormat format : WeightFormats.all()) {
            assertThat(WeightFormats.byGgmlType(format.ggmlType())).contains(format);
            assertThat(WeightFormats.byName(format.name().toLowerCase(Locale.ROOT))).contains(format);
        }
        assertThat(WeightFormats.byGgmlType(9)).isEmpty();
    }

    @ParameterizedTest
    @MethodSource("decodable")
    void hasTheGeometryOfTheSpecification(WeightFormat format) throws IOException {
        JsonNode entry = JsonMapper.shared().readTree(resource("/golden/gguf-blocks/index.json")).get(format.name());

        assertThat(format.ggmlType()).isEqualTo(entry.get("ggml_type").asInt());
        assertThat(format.blockElements()).isEqualTo(entry.get("block_elements").asInt());
        assertThat(format.blockBytes()).isEqualTo(entry.get("block_bytes").asInt());
    }

    @Test
    void refusesToEncodeWhatItOnlyReads() {
        WeightFormat format = WeightFormats.Q4_K;
        assertThat(format.encodes()).isFalse();
        assertThatThrownBy(() -> format.encode(new float[256], 0, MemorySegment.ofArray(new byte[144]), 0, 1))
                .isInstanceOfSatisfying(PinyonException.class,
                        e -> assertThat(e.code()).isEqualTo("PIN-FORMAT-NOENCODER"))
                .hasMessageContaining("Q4_K").hasMessageContaining("Q8_0");
    }

    @Test
    void refusesValuesThatBlocksCannotHold() {
        for (float bad : List.of(Float.NaN, Float.POSITIVE_INFINITY, Float.NEGATIVE_INFINITY)) {
            assertThat(refusal(bad)).isEqualTo("PIN-FORMAT-NONFINITE");
        }
        assertThat(refusal(65504f * 127 * 2)).isEqualTo("PIN-FORMAT-RANGE");
    }

    @Test
    void roundsBfloat16ToNearestEvenAndKeepsNan() {
        assertThat(HalfFormat.toBfloat16(Float.intBitsToFloat(0x3f808000))).isEqualTo((short) 0x3f80);
        assertThat(HalfFormat.toBfloat16(Float.intBitsToFloat(0x3f818000))).isEqualTo((short) 0x3f82);
        assertThat(HalfFormat.toBfloat16(Float.intBitsToFloat(0x3f808001))).isEqualTo((short) 0x3f81);
        assertThat(HalfFormat.toBfloat16(Float.MAX_VALUE)).isEqualTo((short) 0x7f80);
        assertThat(HalfFormat.toBfloat16(Float.intBitsToFloat(0x7f800001))).isEqualTo((short) 0x7fc0);
    }

    private static String refusal(float value) {
        float[] input = new float[32];
        input[7] = value;
        try {
            WeightFormats.Q8_0.encode(input, 0, MemorySegment.ofArray(new byte[34]), 0, 1);
            return "accepted";
        } catch (ModelFileException e) {
            return e.code();
        }
    }

    private static int[] decode(WeightFormat format, MemorySegment blocks, long offset, int count) {
        float[] out = new float[count * format.blockElements()];
        format.decode(blocks, offset, out, 0, count);
        return bits(out);
    }

    private static int[] bits(float[] values) {
        int[] bits = new int[values.length];
        for (int i = 0; i < bits.length; i++) {
            bits[i] = Float.floatToRawIntBits(values[i]);
        }
        return bits;
    }

    private static float[] floats(byte[] bytes) {
        float[] values = new float[bytes.length / 4];
        ByteBuffer.wrap(bytes).order(ByteOrder.LITTLE_ENDIAN).asFloatBuffer().get(values);
        return values;
    }

    private static byte[] golden(String folder, WeightFormat format, String what) throws IOException {
        return resource("/golden/" + folder + "/" + format.name().toLowerCase(Locale.ROOT) + "." + what + ".bin");
    }

    private static byte[] resource(String path) throws IOException {
        try (InputStream in = Objects.requireNonNull(WeightFormatGoldenTest.class.getResourceAsStream(path), path)) {
            return in.readAllBytes();
        }
    }
}
