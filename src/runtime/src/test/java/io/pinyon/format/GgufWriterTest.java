/* SPDX-License-Identifier: Apache-2.0 */
package io.pinyon.format;

import java.io.IOException;
import java.lang.foreign.MemorySegment;
import java.nio.ByteBuffer;
import java.nio.channels.FileChannel;
import java.nio.channels.WritableByteChannel;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;
import java.util.Arrays;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Random;
import java.util.stream.Stream;

import io.pinyon.error.PinyonException;
import org.assertj.core.api.ThrowableAssert.ThrowingCallable;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.junit.jupiter.api.Assumptions.assumeTrue;

class GgufWriterTest {
    private static final long SEED = 4711;

    @TempDir
    Path folder;

    @Test
    void returnsEveryTypeOfValue() {
        Map<String, MetadataValue> values = new LinkedHashMap<>();
        for (MetadataType type : MetadataType.values()) {
            switch (type) {
                case FLOAT32, FLOAT64 -> values.put("a." + type, new MetadataValue.Real(type, -0.375));
                case BOOL -> values.put("a." + type, MetadataValue.of(true));
                case STRING -> values.put("a." + type, MetadataValue.of("söme text"));
                case ARRAY -> values.put("a." + type, new MetadataValue.Sequence(MetadataType.ARRAY,
                        List.of(MetadataValue.ofStrings(List.of("", "x")), MetadataValue.ofStrings(List.of()))));
                default -> values.put("a." + type, new MetadataValue.Whole(type, 77));
            }
            values.put("of." + type, new MetadataValue.Sequence(type, List.of(values.get("a." + type))));
        }
        values.remove("of." + MetadataType.ARRAY);
        GgufWriter writer = new GgufWriter();
        values.forEach(writer::metadata);
        writer.write(folder.resolve("values.gguf"));

        try (GgufFile file = GgufFile.open(folder.resolve("values.gguf"))) {
            assertThat(file.metadata().keys()).containsExactlyElementsOf(values.keySet());
            values.forEach((key, value) -> assertThat(file.metadata().find(key)).as(key).contains(value));
        }
    }

    @Test
    void convertsTensorsAndKeepsEqualOnes() {
        float[] cells = new float[3 * 5 * 64];
        Random random = new Random(SEED);
        for (int i = 0; i < cells.length; i++) {
            cells[i] = (float) random.nextGaussian();
        }
        Path first = folder.resolve("f32.gguf");
        new GgufWriter().metadata("general.alignment", MetadataValue.of(64)).tensor("w", WeightFormats.F32,
                List.of(3L, 5L, 64L), (row, dst, at) -> System.arraycopy(cells, (int) row * 64, dst, at, 64))
                .write(first);

        try (GgufFile source = GgufFile.open(first)) {
            TensorData w = source.find("w").orElseThrow();
            assertThat(w.shape()).containsExactly(3L, 5L, 64L);
            assertThat(w.toFloats()).isEqualTo(cells);
            GgufWriter writer = new GgufWriter();
            List<WeightFormat> formats = WeightFormats.all().stream().filter(WeightFormat::encodes).toList();
            formats.forEach(format -> writer.tensor("as." + format.name(), format, w));
            writer.write(folder.resolve("all.gguf"));
            try (GgufFile all = GgufFile.open(folder.resolve("all.gguf"))) {
                for (WeightFormat format : formats) {
                    assertThat(all.find("as." + format.name()).orElseThrow().toFloats()).as(format.name())
                            .isEqualTo(roundTrip(format, cells));
                }
                assertRawCopy(all.find("as.Q8_0").orElseThrow());
            }
        }
    }

    private static float[] roundTrip(WeightFormat format, float[] cells) {
        int blocks = cells.length / format.blockElements();
        MemorySegment bytes = MemorySegment
                .ofArray(new byte[blocks * format.blockBytes()]);
        float[] back = new float[cells.length];
        format.encode(cells, 0, bytes, 0, blocks);
        format.decode(bytes, 0, back, 0, blocks);
        return back;
    }

    private void assertRawCopy(TensorData tensor) {
        Path copy = folder.resolve("copy.gguf");
        new GgufWriter().tensor("again", tensor.format(), tensor).write(copy);
        try (GgufFile file = GgufFile.open(copy)) {
            assertThat(file.find("again").orElseThrow().bytes().mismatch(tensor.bytes())).isEqualTo(-1);
        }
    }

    @Test
    void streamsTensorsLargerThanItsBuffers() {
        long rows = 3000;
        Path path = folder.resolve("large.gguf");
        new GgufWriter().tensor("w", WeightFormats.BF16, List.of(rows, 256L), (row, dst, at) -> {
            Arrays.fill(dst, at, at + 256, (int) row % 128);
        }).write(path);
        try (GgufFile file = GgufFile.open(path)) {
            float[] cells = file.find("w").orElseThrow().toFloats();
            for (int i = 0; i < cells.length; i++) {
                assertThat(cells[i]).isEqualTo(i / 256 % 128);
            }
        }
    }

    @Test
    void leavesTheOldFileWhenTheDiskIsFull() throws IOException {
        Path target = Files.writeString(folder.resolve("model.gguf"), "old");
        GgufWriter writer = small();
        for (long room : new long[]{0, 1, 100, 4000}) {
            assertCode("PIN-IO-WRITE", () -> AtomicFile.write(target, writer::writeTo,
                    path -> new Limited(FileChannel.open(path, StandardOpenOption.CREATE_NEW,
                            StandardOpenOption.WRITE), room)));
            assertOnlyOld(target);
        }
    }

    @Test
    void refusesARealFullDevice() throws IOException {
        Path full = Path.of("/dev/full");
        assumeTrue(Files.exists(full), "no /dev/full on this system");
        Path target = Files.writeString(folder.resolve("model.gguf"), "old");
        assertCode("PIN-IO-WRITE", () -> AtomicFile.write(target, small()::writeTo,
                path -> FileChannel.open(full, StandardOpenOption.WRITE)));
        assertOnlyOld(target);
    }

    @Test
    void leavesTheOldFileWhenAWeightCannotBeWritten() throws IOException {
        Path target = Files.writeString(folder.resolve("model.gguf"), "old");
        assertCode("PIN-FORMAT-NONFINITE", () -> constant(WeightFormats.Q4_0, Float.NaN).write(target));
        assertCode("PIN-FORMAT-RANGE", () -> constant(WeightFormats.F16, 65520).write(target));
        assertCode("PIN-FORMAT-RANGE", () -> constant(WeightFormats.BF16, Float.MAX_VALUE).write(target));
        assertCode("PIN-FORMAT-RANGE", () -> constant(WeightFormats.Q8_0, 1e30f).write(target));
        assertOnlyOld(target);
        constant(WeightFormats.F16, 65519).write(target);
        assertThat(Files.size(target)).isGreaterThan(64);
    }

    @Test
    void refusesPlacesThatCannotBeWritten() {
        assertCode("PIN-IO-WRITE", () -> small().write(folder));
        assertCode("PIN-IO-WRITE", () -> small().write(folder.resolve("absent/model.gguf")));
    }

    @Test
    void refusesWhatAGgufFileCannotHave() {
        GgufWriter.Rows zeros = (row, dst, at) -> {};
        assertCode("PIN-GGUF-WRITE", () -> new GgufWriter().tensor("a", WeightFormats.F32, List.of(), zeros));
        assertCode("PIN-GGUF-WRITE", () -> new GgufWriter().tensor("a", WeightFormats.F32, List.of(0L), zeros));
        assertCode("PIN-GGUF-WRITE", () -> new GgufWriter().tensor("a", WeightFormats.Q8_0, List.of(48L), zeros));
        assertCode("PIN-GGUF-WRITE",
                () -> new GgufWriter().tensor("a", WeightFormats.F32, List.of(1L, 1L, 1L, 1L, 1L), zeros));
        assertCode("PIN-GGUF-WRITE",
                () -> new GgufWriter().tensor("a".repeat(65), WeightFormats.F32, List.of(1L), zeros));
        assertCode("PIN-GGUF-WRITE", () -> new GgufWriter().tensor("a", WeightFormats.F32, List.of(1L), zeros)
                .tensor("a", WeightFormats.F32, List.of(1L), zeros));
        assertCode("PIN-GGUF-WRITE", () -> new GgufWriter().metadata("a", MetadataValue.of(1)).metadata("a",
                MetadataValue.of(2)));
        assertCode("PIN-GGUF-WRITE", () -> new GgufWriter().metadata("general.alignment", MetadataValue.of(24)));
        assertCode("PIN-FORMAT-NOENCODER",
                () -> new GgufWriter().tensor("a", WeightFormats.Q4_K, List.of(256L), zeros));
    }

    private static GgufWriter small() {
        return constant(WeightFormats.F32, 1);
    }

    private static GgufWriter constant(WeightFormat format, float value) {
        return new GgufWriter().metadata("key", MetadataValue.of("value")).tensor("w", format, List.of(32L, 32L),
                (row, dst, at) -> Arrays.fill(dst, at, at + 32, row == 7 ? value : 0));
    }

    private void assertOnlyOld(Path target) throws IOException {
        assertThat(target).hasContent("old");
        try (Stream<Path> files = Files.list(folder)) {
            assertThat(files).containsExactly(target);
        }
    }

    private static void assertCode(String code, ThrowingCallable call) {
        assertThatThrownBy(call).isInstanceOfSatisfying(PinyonException.class,
                e -> assertThat(e.code()).isEqualTo(code));
    }

    /** A disk with so much room and no more. */
    private record Limited(FileChannel file, long room) implements WritableByteChannel {
        @Override
        public int write(ByteBuffer bytes) throws IOException {
            if (file.size() + bytes.remaining() > room) {
                throw new IOException("No space left on device");
            }
            return file.write(bytes);
        }

        @Override
        public boolean isOpen() {
            return file.isOpen();
        }

        @Override
        public void close() throws IOException {
            file.close();
        }
    }
}
