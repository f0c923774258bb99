/* SPDX-License-Identifier: Apache-2.0 */
package io.pinyon.model;

import java.io.IOException;
import java.nio.file.Path;
import java.util.List;

import io.pinyon.device.Compute;
import io.pinyon.device.Device;
import io.pinyon.device.DeviceOptions;
import io.pinyon.device.Devices;
import io.pinyon.device.contract.GpuTest;
import io.pinyon.format.KvFormats;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.FieldSource;

import static org.assertj.core.api.Assertions.assertThat;

/** Every family on a GPU against the logits that the Transformers library computes in float32 on a CPU. */
@GpuTest
class CudaGoldenLogitsTest {
    static final List<String> MODELS = Golden.MODELS;

    private static final int[] CHUNKS = {48, 1, 7, 16};

    @ParameterizedTest
    @FieldSource("MODELS")
    void logitsAgreeInFloat32(String name) throws IOException {
        Path directory = Golden.directory(name);
        Npy expected = Npy.read(directory.resolve("logits.npy"));
        try (Device device = device(Compute.F32);
                LoadedModel loaded = Models.load(directory, device, LoadOptions.defaults().withMaxRows(48))) {
            for (int chunk : CHUNKS) {
                float[] logits = Golden.logits(loaded.model(), Golden.tokens(directory), chunk, KvFormats.F32);
                float difference = Golden.largestDifference(logits, expected.values());
                System.out.printf("%s on cuda, f32, %d rows: largest difference %.3g%n", name, chunk, difference);
                assertThat(difference).as("%d rows", chunk).isLessThan(1e-3f);
            }
        }
    }

    @ParameterizedTest
    @FieldSource("MODELS")
    void logitsAreCloseInBfloat16(String name) throws IOException {
        Path directory = Golden.directory(name);
        Npy expected = Npy.read(directory.resolve("logits.npy"));
        try (Device device = device(Compute.BF16);
                LoadedModel loaded = Models.load(directory, device, LoadOptions.defaults().withMaxRows(48))) {
            int vocabulary = loaded.model().config().vocabularySize();
            for (int chunk : CHUNKS) {
                for (var kv : List.of(KvFormats.F32, KvFormats.F16, KvFormats.BF16)) {
                    float[] l = Golden.logits(loaded.model(), Golden.tokens(directory), chunk, kv);
                    System.out.printf("X %s bf16 %d rows KV %s: cosine %.6f top-1 %.3f%n", name, chunk, kv.name(),
                            cosine(l, expected.values()), topAgreement(l, expected.values(), vocabulary));
                }
            }
            for (int chunk : CHUNKS) {
                float[] logits = Golden.logits(loaded.model(), Golden.tokens(directory), chunk, KvFormats.F16);
                double cosine = cosine(logits, expected.values());
                double top = topAgreement(logits, expected.values(), vocabulary);
                System.out.printf("%s on cuda, bf16, %d rows: cosine %.6f, top-1 %.3f%n", name, chunk, cosine, top);
                assertThat(cosine).as("cosine, %d rows", chunk).isGreaterThan(0.9995);
                assertThat(top).as("top-1 agreement, %d rows", chunk).isGreaterThanOrEqualTo(0.98);
            }
        }
    }

    private static Device device(Compute compute) {
        return Devices.open("cuda", DeviceOptions.defaults().withCompute(compute)).device();
    }

    private static double cosine(float[] a, float[] b) {
        double dot = 0;
        double squareA = 0;
        double squareB = 0;
        for (int i = 0; i < b.length; i++) {
            dot += (double) a[i] * b[i];
            squareA += (double) a[i] * a[i];
            squareB += (double) b[i] * b[i];
        }
        return dot / Math.sqrt(squareA * squareB);
    }

    private static double topAgreement(float[] a, float[] b, int vocabulary) {
        int rows = b.length / vocabulary;
        int same = 0;
        for (int row = 0; row < rows; row++) {
            same += best(a, row * vocabulary, vocabulary) == best(b, row * vocabulary, vocabulary) ? 1 : 0;
        }
        return (double) same / rows;
    }

    private static int best(float[] values, int from, int count) {
        int best = 0;
        for (int i = 1; i < count; i++) {
            best = values[from + i] > values[from + best] ? i : best;
        }
        return best;
    }
}
