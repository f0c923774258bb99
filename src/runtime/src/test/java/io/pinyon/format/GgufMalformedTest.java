/* SPDX-License-Identifier: Apache-2.0 */
package io.pinyon.format;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.attribute.PosixFilePermissions;
import java.time.Duration;
import java.util.Arrays;
import java.util.Random;
import java.util.stream.Stream;

import io.pinyon.error.ModelFileException;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.Arguments;
import org.junit.jupiter.params.provider.MethodSource;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.junit.jupiter.api.Assumptions.assumeTrue;
import static org.junit.jupiter.params.provider.Arguments.arguments;

/** Broken files end in a code that says why: soon, and without allocating what they only promise. */
class GgufMalformedTest {
    private static final long SEED = 314159;
    private static final long HUGE = 1L << 60;

    @TempDir
    Path folder;

    static Stream<Arguments> malformed() {
        return Stream.of(
                broken("PIN-FILE-EMPTY", "empty", new GgufBytes()),
                broken("PIN-GGUF-TRUNCATED", "three bytes", new GgufBytes().ascii("GGU")),
                broken("PIN-GGUF-MAGIC", "not GGUF", new GgufBytes().ascii("GGML").zeros(64)),
                broken("PIN-GGUF-MAGIC", "text", new GgufBytes().ascii("version https://git-lfs.github.com/spec/v1")),
                broken("PIN-GGUF-ENDIAN", "big-endian magic", new GgufBytes().ascii("FUGG").zeros(64)),
                broken("PIN-GGUF-ENDIAN", "big-endian version",
                        new GgufBytes().ascii("GGUF").bytes(0, 0, 0, 3).zeros(64)),
                broken("PIN-GGUF-VERSION", "version 1", new GgufBytes().ascii("GGUF").u32(1).zeros(64)),
                broken("PIN-GGUF-VERSION", "version 4", new GgufBytes().ascii("GGUF").u32(4).zeros(64)),
                broken("PIN-GGUF-COUNT", "2^60 tensors", GgufBytes.header(HUGE, 0).zeros(64)),
                broken("PIN-GGUF-COUNT", "-1 tensors", GgufBytes.header(-1, 0).zeros(64)),
                broken("PIN-GGUF-COUNT", "2^60 values", GgufBytes.header(0, HUGE).zeros(64)),
                broken("PIN-GGUF-COUNT", "key of 2^60 bytes", GgufBytes.header(0, 1).u64(HUGE).zeros(64)),
                broken("PIN-GGUF-COUNT", "key of 2^16 bytes", GgufBytes.header(0, 1).u64(1 << 16).zeros(1 << 17)),
                broken("PIN-GGUF-COUNT", "string of 2^60 bytes",
                        GgufBytes.header(0, 1).text("k").u32(8).u64(HUGE).zeros(64)),
                broken("PIN-GGUF-COUNT", "2^60 array elements",
                        GgufBytes.header(0, 1).text("k").u32(9).u32(10).u64(HUGE).zeros(64)),
                broken("PIN-GGUF-COUNT", "2^31 array elements",
                        GgufBytes.header(0, 1).text("k").u32(9).u32(0).u64(1L << 31).zeros(64)),
                broken("PIN-GGUF-COUNT", "2^60 strings",
                        GgufBytes.header(0, 1).text("k").u32(9).u32(8).u64(HUGE).zeros(64)),
                broken("PIN-GGUF-COUNT", "string of 2^60 bytes in an array",
                        GgufBytes.header(0, 1).text("k").u32(9).u32(8).u64(1).u64(HUGE).zeros(64)),
                broken("PIN-GGUF-NESTING", "deep nesting", nested(1000)),
                broken("PIN-GGUF-VALUETYPE", "value type 13", GgufBytes.header(0, 1).text("k").u32(13).zeros(64)),
                broken("PIN-GGUF-VALUETYPE", "element type 99",
                        GgufBytes.header(0, 1).text("k").u32(9).u32(99).u64(1).zeros(64)),
                broken("PIN-GGUF-BOOL", "bool of 2", GgufBytes.header(0, 1).text("k").u32(7).bytes(2).zeros(64)),
                broken("PIN-GGUF-UTF8", "key that is not UTF-8",
                        GgufBytes.header(0, 1).u64(2).bytes(0xc3, 0x28).u32(0).zeros(64)),
                broken("PIN-GGUF-UTF8", "value that is not UTF-8",
                        GgufBytes.header(0, 1).text("k").u32(8).u64(2).bytes(0xc3, 0x28).zeros(64)),
                broken("PIN-GGUF-DUPLICATE", "key twice", GgufBytes.header(0, 2).text("k").u32(0).bytes(1).text("k")
                        .u32(0).bytes(1).zeros(64)),
                broken("PIN-GGUF-DUPLICATE", "tensor twice",
                        GgufBytes.header(2, 0).tensor("t", 0, 0, 1).tensor("t", 0, 32, 1).align(32).zeros(64)),
                broken("PIN-GGUF-OVERLAP", "overlapping tensors",
                        GgufBytes.header(2, 0).tensor("s", 0, 0, 9).tensor("t", 0, 32, 1).align(32).zeros(64)),
                broken("PIN-GGUF-OFFSET", "misaligned offset",
                        GgufBytes.header(1, 0).tensor("t", 0, 16, 1).align(32).zeros(64)),
                broken("PIN-GGUF-OFFSET", "offset of 2^63",
                        GgufBytes.header(1, 0).tensor("t", 0, Long.MIN_VALUE, 1).align(32).zeros(64)),
                broken("PIN-GGUF-OFFSET", "offset near 2^63",
                        GgufBytes.header(1, 0).tensor("t", 0, Long.MAX_VALUE - 31, 32).align(32).zeros(64)),
                broken("PIN-GGUF-TRUNCATED", "tensor past the end",
                        GgufBytes.header(1, 0).tensor("t", 0, 64, 1).align(32).zeros(64)),
                broken("PIN-GGUF-ALIGNMENT", "alignment 0", aligned(4, 0)),
                broken("PIN-GGUF-ALIGNMENT", "alignment 24", aligned(4, 24)),
                broken("PIN-GGUF-ALIGNMENT", "alignment -32", aligned(5, -32)),
                broken("PIN-GGUF-KEYRANGE", "alignment 2^32 - 1", aligned(4, -1)),
                broken("PIN-GGUF-KEYTYPE", "alignment 32.0", aligned(6, Float.floatToRawIntBits(32))),
                broken("PIN-GGUF-SHAPE", "dimension 0", shaped(0, 4, 0)),
                broken("PIN-GGUF-SHAPE", "dimension -1", shaped(0, -1)),
                broken("PIN-GGUF-SHAPE", "no dimensions", shaped(0)),
                broken("PIN-GGUF-SHAPE", "five dimensions", shaped(0, 1, 1, 1, 1, 1)),
                broken("PIN-GGUF-SHAPE", "2^32 x 2^32", shaped(0, 1L << 32, 1L << 32)),
                broken("PIN-GGUF-SHAPE", "2^62 floats", shaped(0, 1L << 62)),
                broken("PIN-GGUF-SHAPE", "half a block", shaped(8, 48)),
                broken("PIN-GGUF-TENSORTYPE", "type 4", shaped(4, 32)),
                broken("PIN-GGUF-TENSORTYPE", "type -1", shaped(-1, 32)));
    }

    private static Arguments broken(String code, String what, GgufBytes bytes) {
        return arguments(code, what, bytes.toArray());
    }

    private static GgufBytes nested(int depth) {
        GgufBytes bytes = GgufBytes.header(0, 1).text("k").u32(9);
        for (int i = 0; i < depth; i++) {
            bytes.u32(9).u64(1);
        }
        return bytes.u32(0).u64(1).zeros(64);
    }

    private static GgufBytes aligned(int type, int alignment) {
        return GgufBytes.header(1, 1).text("general.alignment").u32(type).u32(alignment).tensor("t", 0, 0, 1)
                .zeros(256);
    }

    private static GgufBytes shaped(int type, long... dimensions) {
        return GgufBytes.header(1, 0).tensor("some.tensor", type, 0, dimensions).zeros(256);
    }

    @ParameterizedTest(name = "{1}: {0}")
    @MethodSource("malformed")
    void refuses(String code, String what, byte[] bytes) throws IOException {
        Path path = Files.write(folder.resolve("bad.gguf"), bytes);
        long start = System.nanoTime();
        assertThatThrownBy(() -> GgufFile.open(path).close()).as(what)
                .isInstanceOfSatisfying(ModelFileException.class, e -> assertThat(e.code()).isEqualTo(code))
                .hasMessageContaining("bad.gguf");
        assertThat(Duration.ofNanos(System.nanoTime() - start)).isLessThan(Duration.ofSeconds(1));
    }

    @Test
    void namesTheTensorOfAnUnknownType() throws IOException {
        Path path = Files.write(folder.resolve("bad.gguf"), shaped(40, 64).toArray());
        assertThatThrownBy(() -> GgufFile.open(path).close()).hasMessageContaining("some.tensor")
                .hasMessageContaining("type 40");
    }

    @Test
    void keepsMessagesOnOneShortLine() throws IOException {
        Path path = Files.write(folder.resolve("bad.gguf"),
                GgufBytes.header(1, 0).tensor("evil\n\u001b[31m" + "x".repeat(60_000), 99, 0, 1).zeros(256).toArray());
        assertThatThrownBy(() -> GgufFile.open(path).close()).message().doesNotContain("\n", "\u001b")
                .hasSizeLessThan(800);
    }

    @Test
    void refusesEveryPrefix() throws IOException {
        byte[] whole = GgufBytes.small().toArray();
        Path path = folder.resolve("cut.gguf");
        for (int length = 0; length < whole.length; length++) {
            Files.write(path, Arrays.copyOf(whole, length));
            assertThatThrownBy(() -> GgufFile.open(path).close()).as("%d of %d bytes", length, whole.length)
                    .isInstanceOf(ModelFileException.class);
        }
        Files.write(path, whole);
        GgufFile.open(path).close();
    }

    @Test
    void survivesFlippedBits() throws IOException {
        byte[] whole = GgufBytes.small().toArray();
        Random random = new Random(SEED);
        Path path = folder.resolve("flipped.gguf");
        int refused = 0;
        for (int round = 0; round < 4000; round++) {
            byte[] bytes = whole.clone();
            int flips = 1 + random.nextInt(3);
            for (int i = 0; i < flips; i++) {
                bytes[random.nextInt(bytes.length)] ^= (byte) (1 << random.nextInt(8));
            }
            Files.write(path, bytes);
            refused += readAll(path, round) ? 0 : 1;
        }
        assertThat(refused).as("seed %d", SEED).isBetween(500, 3999);
    }

    private static boolean readAll(Path path, int round) {
        try (GgufFile file = GgufFile.open(path)) {
            file.tensors().forEach(TensorData::toFloats);
            for (String key : file.metadata().keys()) {
                if (file.metadata().find(key).orElseThrow() instanceof MetadataValue.Sequence sequence) {
                    assertThat(sequence.values()).doesNotContainNull();
                }
            }
            return true;
        } catch (ModelFileException e) {
            assertThat(e.code()).as("seed %d, round %d", SEED, round).startsWith("PIN-");
            return false;
        }
    }

    @Test
    void refusesWhatIsNoReadableFile() throws IOException {
        assertCode("PIN-FILE-DIRECTORY", folder);
        assertCode("PIN-FILE-MISSING", folder.resolve("absent.gguf"));
        Path device = Path.of("/dev/zero");
        if (Files.exists(device)) {
            assertCode("PIN-FILE-UNREADABLE", device);
        }
    }

    @Test
    void refusesAFileWithoutPermission() throws IOException {
        Path path = Files.write(folder.resolve("secret.gguf"), GgufBytes.small().toArray());
        assumeTrue(Files.getFileStore(path).supportsFileAttributeView("posix"), "no permissions on this file system");
        Files.setPosixFilePermissions(path, PosixFilePermissions.fromString("---------"));
        assumeTrue(!Files.isReadable(path), "this user may read everything");
        assertCode("PIN-FILE-UNREADABLE", path);
    }

    private static void assertCode(String code, Path path) {
        assertThatThrownBy(() -> GgufFile.open(path).close()).isInstanceOfSatisfying(ModelFileException.class,
                e -> assertThat(e.code()).isEqualTo(code));
    }
}
