/* SPDX-License-Identifier: Apache-2.0 */
package io.pinyon.model;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.stream.Stream;

import io.pinyon.device.Device;
import io.pinyon.device.DeviceOptions;
import io.pinyon.device.Devices;
import io.pinyon.format.KvFormats;
import io.pinyon.format.Metadata;
import io.pinyon.format.WeightFormat;
import io.pinyon.format.WeightFormats;
import io.pinyon.model.convert.Conversion;
import io.pinyon.model.convert.Converter;
import io.pinyon.model.convert.ProgressListener;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.Arguments;
import org.junit.jupiter.params.provider.MethodSource;

import static org.assertj.core.api.Assertions.assertThat;

/** Converted models against the reference logits of the originals. */
class ConverterGoldenTest {
    private static final float TOLERANCE = 2e-4f;

    @TempDir
    private Path folder;

    static Stream<Arguments> modelsAndFormats() {
        return Golden.MODELS.stream().flatMap(model -> Stream.of(Arguments.of(model, WeightFormats.F32),
                Arguments.of(model, WeightFormats.BF16)));
    }

    @ParameterizedTest(name = "{0} as {1}")
    @MethodSource("modelsAndFormats")
    void convertedModelGivesTheSameLogits(String name, WeightFormat format) throws IOException {
        Path directory = Golden.directory(name);
        Path file = folder.resolve("model.gguf");
        List<String> begun = new ArrayList<>();

        Conversion conversion = Converter.convert(directory, file, format, (tensor, _, _) -> begun.add(tensor));

        assertThat(conversion.bytes()).isEqualTo(Files.size(file));
        assertThat(begun).doesNotHaveDuplicates().contains("token_embd.weight", "blk.0.attn_norm.weight");
        try (Device device = Devices.open("scalar", DeviceOptions.defaults()).device();
                LoadedModel original = Models.load(directory, device, LoadOptions.defaults().withMaxRows(48));
                LoadedModel converted = Models.load(file, device, LoadOptions.defaults().withMaxRows(48))) {
            int[] tokens = Golden.tokens(directory);
            float[] logits = Golden.logits(converted.model(), tokens, 48, KvFormats.F32);
            float difference = Golden.largestDifference(logits,
                    Npy.read(directory.resolve("logits.npy")).values());
            System.out.printf("%s as %s: %.3g%n", name, format.name(), difference);
            assertThat(difference).isLessThan(TOLERANCE);
            assertThat(converted.description()).usingRecursiveComparison()
                    .ignoringFields("config.architecture", "container", "fileBytes", "tensorsByFormat", "rope")
                    .isEqualTo(original.description());
        }
    }

    @Test
    void eightBitHarbourStaysCloseAndKeepsItsTokenizer() throws IOException {
        Path directory = Golden.harbour();
        Path file = folder.resolve("harbour.gguf");

        Conversion conversion = Converter.convert(directory, file, WeightFormats.Q8_0, ProgressListener.none());

        assertThat(conversion.notices()).isEmpty();
        int[] tokens = Arrays.copyOf(Golden.tokens(directory.resolve("golden")), 64);
        try (Device device = Devices.open("scalar", DeviceOptions.defaults()).device();
                LoadedModel original = Models.load(directory, device, LoadOptions.defaults().withMaxRows(64));
                LoadedModel converted = Models.load(file, device, LoadOptions.defaults().withMaxRows(64))) {
            double cosine = cosine(Golden.logits(original.model(), tokens, 64, KvFormats.F32),
                    Golden.logits(converted.model(), tokens, 64, KvFormats.F32));
            System.out.printf("harbour-14m as Q8_0: cosine %.6f%n", cosine);
            assertThat(cosine).isGreaterThan(0.999);
            Metadata metadata = converted.metadata().orElseThrow();
            assertThat(metadata.requireString("tokenizer.huggingface.json"))
                    .isEqualTo(Files.readString(directory.resolve("tokenizer.json")));
            assertThat(metadata.requireStrings("tokenizer.ggml.tokens")).hasSize(4096).startsWith("<|bos|>",
                    "<|eos|>", "<|pad|>");
            assertThat(metadata.requireIntegers("tokenizer.ggml.token_type")).startsWith(3, 3, 3, 1);
            assertThat(metadata.requireInteger("tokenizer.ggml.bos_token_id")).isZero();
            assertThat(metadata.requireInteger("tokenizer.ggml.eos_token_id")).isEqualTo(1);
            assertThat(metadata.requireFlag("tokenizer.ggml.add_bos_token")).isTrue();
            assertThat(metadata.requireString("tokenizer.ggml.pre")).isEqualTo("huggingface");
        }
    }

    private static double cosine(float[] a, float[] b) {
        double dot = 0;
        double squareA = 0;
        double squareB = 0;
        for (int i = 0; i < a.length; i++) {
            dot += (double) a[i] * b[i];
            squareA += (double) a[i] * a[i];
            squareB += (double) b[i] * b[i];
        }
        return dot / Math.sqrt(squareA * squareB);
    }
}
