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

    static final List<Integer> CHUNKS = List.of(48, 1, 7, 16);

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

    /** The models are random, so their logits are as close together as they can be; one changed order in 48 is 2 %. */
    @ParameterizedTest
    @FieldSource("CHUNKS")
    void logitsAreCloseInBfloat16(int chunk) throws IOException {
        int rows = 0;
        int same = 0;
        for (String name : MODELS) {
            Path directory = Golden.directory(name);
            Npy expected = Npy.read(directory.resolve("logits.npy"));
            try (Device device = device(Compute.BF16);
                    LoadedModel loaded = Models.load(directory, device, LoadOptions.defaults().withMaxRows(48))) {
                int vocabulary = loaded.model().config().vocabularySize();
                int[] tokens = Golden.tokens(directory);
                float[] logits = Golden.logits(loaded.model(), tokens, chunk, KvFormats.F16);
                double cosine = cosine(logits, expected.values());
                int top = topAgreement(logits, expected.values(), vocabulary);
                System.out.printf("%s on cuda, bf16, KV f16, %d rows: cosine %.6f, top-1 %d of %d%n", name, chunk,
                        cosine, top, tokens.length);
                assertThat(cosine).as("cosine of %s", name).isGreaterThan(0.9995);
                rows += tokens.length;
                same += top;
            }
        }
        assertThat((double) same / rows).as("top-1 agreement of all models").isGreaterThanOrEqualTo(0.98);
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

    private static int topAgreement(float[] a, float[] b, int vocabulary) {
        int rows = b.length / vocabulary;
        int same = 0;
        for (int row = 0; row < rows; row++) {
            same += best(a, row * vocabulary, vocabulary) == best(b, row * vocabulary, vocabulary) ? 1 : 0;
        }
        return same;
    }

    private static int best(float[] values, int from, int count) {
        int best = 0;
        for (int i = 1; i < count; i++) {
            best = values[from + i] > values[from + best] ? i : best;
        }
        return best;
    }
}
