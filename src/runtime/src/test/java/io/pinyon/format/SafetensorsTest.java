/* SPDX-License-Identifier: Apache-2.0 */
package io.pinyon.format;

import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Arrays;
import java.util.List;

import io.pinyon.error.ModelFileException;
import io.pinyon.error.PinyonException;
import org.assertj.core.api.ThrowableAssert.ThrowingCallable;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

class SafetensorsTest {
    private static final String PAIR = """
            {"__metadata__": {"format": "pt"},
             "a": {"dtype": "F32", "shape": [2], "data_offsets": [0, 8]},
             "b": {"dtype": "BF16", "shape": [1, 2], "data_offsets": [8, 12]},
             "c": {"dtype": "I64", "shape": [1], "data_offsets": [12, 20]}}""";

    @TempDir
    Path folder;

    @Test
    void readsOneFile() throws IOException {
        byte[] data = ByteBuffer.allocate(20).order(ByteOrder.LITTLE_ENDIAN).putFloat(1.5f).putFloat(-2)
                .putShort((short) 0x3f80).putShort((short) 0xc000).array();
        try (SafetensorsModel model = SafetensorsModel.open(write("model.safetensors", PAIR, data).getParent())) {
            assertThat(model.names()).containsExactly("a", "b", "c");
            assertThat(model.find("a").orElseThrow().toFloats()).containsExactly(1.5f, -2);
            TensorData b = model.find("b").orElseThrow();
            assertThat(b.shape()).isEqualTo(List.of(1L, 2L));
            assertThat(b.toFloats()).containsExactly(1, -2);
            assertThat(model.find("d")).isEmpty();
            assertThat(model.shards().getFirst().metadata()).containsEntry("format", "pt");
            assertCode("PIN-SAFETENSORS-DTYPE", () -> model.find("c"));
        }
    }

    @Test
    void readsShardsByIndexOrByNumber() throws IOException {
        shard(1, "x", 3);
        shard(2, "y", 4);
        Files.writeString(folder.resolve(SafetensorsModel.INDEX),
                "{\"metadata\": {\"total_size\": 8}, \"weight_map\": {\"y\": \"" + name(2) + "\", \"x\": \"" + name(1)
                        + "\"}}");
        assertPair();
        Files.delete(folder.resolve(SafetensorsModel.INDEX));
        assertPair();
        Files.delete(folder.resolve(name(2)));
        assertCode("PIN-SAFETENSORS-SHARD", () -> SafetensorsModel.open(folder));
    }

    private void assertPair() {
        try (SafetensorsModel model = SafetensorsModel.open(folder)) {
            assertThat(model.names()).containsExactlyInAnyOrder("x", "y");
            assertThat(model.find("x").orElseThrow().toFloats()).containsExactly(3);
            assertThat(model.find("y").orElseThrow().toFloats()).containsExactly(4);
        }
    }

    @Test
    void refusesTheSameTensorInTwoShards() throws IOException {
        shard(1, "x", 3);
        shard(2, "x", 4);
        assertCode("PIN-SAFETENSORS-DUPLICATE", () -> SafetensorsModel.open(folder));
    }

    @Test
    void refusesADirectoryWithoutWeights() {
        assertCode("PIN-SAFETENSORS-NONE", () -> SafetensorsModel.open(folder));
    }

    @ParameterizedTest
    @ValueSource(strings = {"../x.safetensors", "/x.safetensors", "sub/x.safetensors", "..\\\\x.safetensors",
            "model.safetensors.index.json", "", "C:x.safetensors", ".safetensors"})
    void refusesShardsOutsideTheDirectory(String shard) throws IOException {
        writeIndex("{\"weight_map\": {\"x\": \"" + shard + "\"}}");
        assertCode("PIN-SAFETENSORS-INDEX", () -> SafetensorsModel.open(folder));
    }

    @ParameterizedTest
    @ValueSource(strings = {"", "[]", "{}", "{\"weight_map\": 1}", "{\"weight_map\": {\"x\": 1}}", "{\"weight_map\": {",
            "{\"weight_map\": {\"x\": \"a.safetensors\", \"x\": \"b.safetensors\"}}", "{\"weight_map\": {}} {}"})
    void refusesAMalformedIndex(String index) throws IOException {
        writeIndex(index);
        assertCode(index.isEmpty() ? "PIN-FILE-EMPTY" : "PIN-SAFETENSORS-INDEX", () -> SafetensorsModel.open(folder));
    }

    @Test
    void refusesAnIndexAtOddsWithItsShards() throws IOException {
        shard(1, "x", 3);
        writeIndex("{\"weight_map\": {\"x\": \"absent.safetensors\"}}");
        assertCode("PIN-SAFETENSORS-SHARD", () -> SafetensorsModel.open(folder));
        writeIndex("{\"weight_map\": {\"y\": \"" + name(1) + "\"}}");
        assertCode("PIN-SAFETENSORS-INDEX", () -> SafetensorsModel.open(folder));
        Files.createSymbolicLink(folder.resolve("again.safetensors"), folder.resolve(name(1)));
        writeIndex("{\"weight_map\": {\"x\": \"" + name(1) + "\", \"y\": \"again.safetensors\"}}");
        assertCode("PIN-SAFETENSORS-INDEX", () -> SafetensorsModel.open(folder));
        Files.createSymbolicLink(folder.resolve("loop.safetensors"), Path.of("loop.safetensors"));
        writeIndex("{\"weight_map\": {\"x\": \"loop.safetensors\"}}");
        assertCode("PIN-SAFETENSORS-SHARD", () -> SafetensorsModel.open(folder));
    }

    @ParameterizedTest
    @CsvSource(delimiter = '|', value = {"HEADER    | []", "HEADER | {\"a\": 1}", "HEADER | {\"a\": {}}", "HEADER | {",
            "HEADER    | {\"a\": {\"dtype\": \"F32\", \"shape\": [1], \"data_offsets\": [0]}}",
            "HEADER    | {\"a\": {\"dtype\": \"F32\", \"shape\": [1.5], \"data_offsets\": [0, 4]}}",
            "HEADER    | {\"a\": {\"dtype\": \"F32\", \"shape\": [99999999999999999999], \"data_offsets\": [0, 4]}}",
            "HEADER    | {\"a\": {\"dtype\": 32, \"shape\": [1], \"data_offsets\": [0, 4]}}",
            "HEADER    | {\"a\": [[[[[[[[[[[[]]]]]]]]]]]]}", "HEADER | {\"__metadata__\": {\"a\": 1}}",
            "HEADER    | {\"__metadata__\": {}, \"__metadata__\": {}}", "HEADER | {} {}",
            "OFFSET    | {\"a\": {\"dtype\": \"F32\", \"shape\": [1], \"data_offsets\": [-4, 0]}}",
            "OFFSET    | {\"a\": {\"dtype\": \"F32\", \"shape\": [1], \"data_offsets\": [8, 4]}}",
            "TRUNCATED | {\"a\": {\"dtype\": \"F32\", \"shape\": [8], \"data_offsets\": [0, 32]}}",
            "TRUNCATED | {\"a\": {\"dtype\": \"I8\", \"shape\": [1], \"data_offsets\": [0, 9223372036854775807]}}",
            "SHAPE     | {\"a\": {\"dtype\": \"F32\", \"shape\": [2], \"data_offsets\": [0, 4]}}",
            "SHAPE     | {\"a\": {\"dtype\": \"F16\", \"shape\": [1], \"data_offsets\": [0, 3]}}",
            "SHAPE     | {\"a\": {\"dtype\": \"F32\", \"shape\": [-1, -1], \"data_offsets\": [0, 4]}}",
            "SHAPE     | {\"a\": {\"dtype\": \"F32\", \"shape\": [4294967296, 4294967296], \"data_offsets\": [0, 0]}}"})
    void refusesAMalformedHeader(String code, String header) throws IOException {
        Path file = write("bad.safetensors", header, new byte[20]);
        assertCode("PIN-SAFETENSORS-" + code, () -> SafetensorsFile.open(file));
    }

    @Test
    void refusesOverlapsAndDuplicates() throws IOException {
        String first = "\"a\": {\"dtype\": \"F32\", \"shape\": [2], \"data_offsets\": [0, 8]}";
        Path overlap = write("overlap.safetensors", "{" + first + ", " + first.replace("\"a\"", "\"b\"") + "}",
                new byte[16]);
        assertCode("PIN-SAFETENSORS-OVERLAP", () -> SafetensorsFile.open(overlap));
        Path duplicate = write("duplicate.safetensors", "{" + first + ", " + first + "}", new byte[16]);
        assertCode("PIN-SAFETENSORS-HEADER", () -> SafetensorsFile.open(duplicate));
    }

    @ParameterizedTest
    @ValueSource(longs = {0, 1, 1000, 99_999_999, 1L << 40, -1, Long.MIN_VALUE})
    void refusesAnImpossibleHeaderLength(long length) throws IOException {
        byte[] bytes = ByteBuffer.allocate(64).order(ByteOrder.LITTLE_ENDIAN).putLong(length).array();
        Path file = Files.write(folder.resolve("length.safetensors"), bytes);
        assertCode("PIN-SAFETENSORS-HEADER", () -> SafetensorsFile.open(file));
    }

    @Test
    void refusesEveryPrefix() throws IOException {
        byte[] whole = Files.readAllBytes(write("whole.safetensors", PAIR, new byte[20]));
        Path cut = folder.resolve("cut.safetensors");
        for (int length = 0; length < whole.length; length++) {
            Files.write(cut, Arrays.copyOf(whole, length));
            assertThatThrownBy(() -> SafetensorsFile.open(cut).close()).as("%d bytes", length)
                    .isInstanceOf(ModelFileException.class);
        }
    }

    private void writeIndex(String json) throws IOException {
        Files.writeString(folder.resolve(SafetensorsModel.INDEX), json);
    }

    private void shard(int number, String tensor, float value) throws IOException {
        write(name(number), "{\"" + tensor + "\": {\"dtype\": \"F32\", \"shape\": [1], \"data_offsets\": [0, 4]}}",
                ByteBuffer.allocate(4).order(ByteOrder.LITTLE_ENDIAN).putFloat(value).array());
    }

    private static String name(int number) {
        return "model-%05d-of-00002.safetensors".formatted(number);
    }

    private Path write(String name, String header, byte[] data) throws IOException {
        byte[] json = header.getBytes(StandardCharsets.UTF_8);
        ByteBuffer bytes = ByteBuffer.allocate(8 + json.length + data.length).order(ByteOrder.LITTLE_ENDIAN);
        return Files.write(folder.resolve(name), bytes.putLong(json.length).put(json).put(data).array());
    }

    private static void assertCode(String code, ThrowingCallable call) {
        assertThatThrownBy(call).isInstanceOfSatisfying(PinyonException.class,
                e -> assertThat(e.code()).isEqualTo(code));
    }
}
