/* SPDX-License-Identifier: Apache-2.0 */
package io.pinyon.format;

import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.channels.FileChannel;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;
import java.util.List;

import io.pinyon.error.PinyonException;
import org.assertj.core.api.ThrowableAssert.ThrowingCallable;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

class GgufFileTest {
    @TempDir
    Path folder;

    @Test
    void readsValuesAndTensors() throws IOException {
        try (GgufFile file = open(GgufBytes.small())) {
            assertThat(file.version()).isEqualTo(3);
            assertThat(file.metadata().requireString("general.architecture")).isEqualTo("test");
            assertThat(file.metadata().requireStrings("names")).containsExactly("a", "bé");
            assertThat(file.names()).containsExactly("norm", "matrix", "cube");
            assertThat(file.tensors()).extracting(TensorData::shape)
                    .containsExactly(List.of(4L), List.of(2L, 32L), List.of(3L, 1L, 8L));
            assertThat(file.tensors()).extracting(TensorData::format)
                    .containsExactly(WeightFormats.F32, WeightFormats.Q8_0, WeightFormats.F16);
            assertThat(file.find("norm").orElseThrow().toFloats()).containsExactly(1, 2, 3, 4);
            assertThat(file.find("matrix").orElseThrow().bytes().byteSize()).isEqualTo(68);
            assertThat(file.find("none")).isEmpty();
            assertThat(file.sizeBytes()).isEqualTo(Files.size(file.path()));
        }
    }

    @Test
    void readsEveryTypeOfValue() throws IOException {
        GgufBytes bytes = GgufBytes.header(0, 13).text("u8").u32(0).bytes(200).text("i8").u32(1).bytes(200)
                .text("u16").u32(2).bytes(0xff, 0xff).text("i16").u32(3).bytes(0xff, 0xff).text("u32").u32(4).u32(-1)
                .text("i32").u32(5).u32(-1).text("f32").u32(6).floats(1.5f).text("bool").u32(7).bytes(1).text("text")
                .u32(8).text("\ufffd ok").text("array").u32(9).u32(4).u64(2).u32(7).u32(8).text("u64").u32(10).u64(-1)
                .text("i64").u32(11).u64(-1).text("f64").u32(12).u64(Double.doubleToRawLongBits(2.5));
        try (GgufFile file = open(bytes)) {
            Metadata values = file.metadata();
            assertThat(values.keys()).hasSize(13);
            assertThat(values.integer("u8")).contains(200);
            assertThat(values.integer("i8")).contains(-56);
            assertThat(values.integer("u16")).contains(65535);
            assertThat(values.integer("i16")).contains(-1);
            assertThat(values.longInteger("u32")).contains(4294967295L);
            assertThat(values.integer("i32")).contains(-1);
            assertThat(values.real("f32")).contains(1.5f);
            assertThat(values.flag("bool")).contains(true);
            assertThat(values.string("text")).contains("\ufffd ok");
            assertThat(values.requireIntegers("array")).containsExactly(7, 8);
            assertThat(values.requireReals("array")).containsExactly(7, 8);
            assertThat(values.longInteger("i64")).contains(-1L);
            assertThat(values.real("f64")).contains(2.5f);
            assertThat(values.real("absent")).isEmpty();
            assertCode("PIN-GGUF-KEYRANGE", () -> values.longInteger("u64"));
            assertCode("PIN-GGUF-KEYRANGE", () -> values.integer("u32"));
            assertCode("PIN-GGUF-KEYTYPE", () -> values.string("u32"));
            assertCode("PIN-GGUF-KEYTYPE", () -> values.integers("u32"));
            assertCode("PIN-GGUF-KEYTYPE", () -> values.strings("array"));
            assertCode("PIN-GGUF-NOKEY", () -> values.requireInteger("absent"));
        }
    }

    @Test
    void honoursTheAlignment() throws IOException {
        GgufBytes bytes = GgufBytes.header(2, 1).text("general.alignment").u32(4).u32(256).tensor("a", 0, 0, 1)
                .tensor("b", 0, 256, 1).align(256).floats(3).align(256).floats(4);
        try (GgufFile file = open(bytes)) {
            assertThat(file.find("a").orElseThrow().toFloats()).containsExactly(3);
            assertThat(file.find("b").orElseThrow().toFloats()).containsExactly(4);
        }
    }

    @Test
    void readsTensorsBeyondFourGigabytes() throws IOException {
        long cells = 1L << 30;
        Path path = Files.write(folder.resolve("sparse.gguf"), GgufBytes.header(2, 0).tensor("huge", 0, 0, cells)
                .tensor("far", 0, 4 * cells, 2).align(32).toArray());
        long start = Files.size(path);
        try (FileChannel channel = FileChannel.open(path, StandardOpenOption.WRITE)) {
            channel.write(ByteBuffer.wrap(new GgufBytes().floats(5, 6).toArray()), start + 4 * cells);
        }
        try (GgufFile file = GgufFile.open(path)) {
            assertThat(file.sizeBytes()).isEqualTo(start + 4 * cells + 8);
            assertThat(file.find("far").orElseThrow().toFloats()).containsExactly(5, 6);
            TensorData huge = file.find("huge").orElseThrow();
            assertThat(huge.bytes().byteSize()).isEqualTo(4 * cells);
            TensorData twice = new TensorData("twice", huge.format(), List.of(2L, cells), huge.bytes());
            assertCode("PIN-FORMAT-TOOLARGE", twice::toFloats);
        }
    }

    @Test
    void readsVersion2() throws IOException {
        byte[] bytes = GgufBytes.small().toArray();
        bytes[4] = 2;
        try (GgufFile file = GgufFile.open(Files.write(folder.resolve("v2.gguf"), bytes))) {
            assertThat(file.version()).isEqualTo(2);
            assertThat(file.names()).hasSize(3);
        }
    }

    @Test
    void closesTwiceAndRefusesLaterUse() throws IOException {
        GgufFile file = open(GgufBytes.small());
        file.close();
        file.close();
        assertCode("PIN-FORMAT-CLOSED", () -> file.find("norm"));
        assertCode("PIN-FORMAT-CLOSED", file::tensors);
    }

    @Test
    void findsNonFiniteWeights() throws IOException {
        GgufBytes bytes = GgufBytes.header(2, 0).tensor("good", 0, 0, 2).tensor("bad", 2, 32, 32).align(32)
                .floats(1, -1).align(32).bytes(0, 0x7c).zeros(16);
        try (GgufFile file = open(bytes)) {
            TensorData good = file.find("good").orElseThrow();
            assertThat(FiniteCheck.require(good)).isSameAs(good);
            assertThatThrownBy(() -> FiniteCheck.require(file.find("bad").orElseThrow()))
                    .hasMessageContaining("PIN-FORMAT-NONFINITE").hasMessageContaining("element 0 of tensor bad");
        }
    }

    private GgufFile open(GgufBytes bytes) throws IOException {
        return GgufFile.open(Files.write(folder.resolve("test.gguf"), bytes.toArray()));
    }

    private static void assertCode(String code, ThrowingCallable call) {
        assertThatThrownBy(call).isInstanceOfSatisfying(PinyonException.class,
                e -> assertThat(e.code()).isEqualTo(code));
    }
}
