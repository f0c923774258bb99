/* SPDX-License-Identifier: Apache-2.0 */
package io.pinyon.model;

import java.io.IOException;
import java.nio.file.Path;
import java.util.List;
import java.util.Map;
import java.util.stream.Stream;

import io.pinyon.device.Device;
import io.pinyon.device.DeviceOptions;
import io.pinyon.device.DeviceProvider;
import io.pinyon.device.Devices;
import io.pinyon.format.KvFormat;
import io.pinyon.format.KvFormats;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.Arguments;
import org.junit.jupiter.params.provider.MethodSource;

import static org.assertj.core.api.Assertions.assertThat;

/** Every family against the logits that the Transformers library computes, on every host device; GPUs are another test's. */
class GoldenLogitsTest {
    /** Largest difference of a logit by KV format; the reference keeps keys and values in float32. */
    private static final Map<KvFormat, Float> TOLERANCES = Map.of(KvFormats.F32, 2e-4f, KvFormats.F16, 1e-2f);

    static Stream<Arguments> modelsAndDevices() {
        return Devices.providers().stream().filter(provider -> !provider.kind().equals("cuda"))
                .filter(provider -> provider.probe().stream()
                        .anyMatch(DeviceProvider.Availability.Usable.class::isInstance))
                .flatMap(provider -> Golden.MODELS.stream().map(model -> Arguments.of(model, provider.kind())));
    }

    @ParameterizedTest(name = "{0} on {1}")
    @MethodSource("modelsAndDevices")
    void logitsAgreeInOneGoAndInPieces(String name, String kind) throws IOException {
        Path directory = Golden.directory(name);
        int[] tokens = Golden.tokens(directory);
        Npy expected = Npy.read(directory.resolve("logits.npy"));
        try (Device device = Devices.open(kind, DeviceOptions.defaults()).device();
                LoadedModel loaded = Models.load(directory, device, LoadOptions.defaults().withMaxRows(48))) {
            for (KvFormat kv : TOLERANCES.keySet()) {
                for (int chunk : new int[]{48, 1, 7, 16}) {
                    float[] logits = Golden.logits(loaded.model(), tokens, chunk, kv);
                    float difference = Golden.largestDifference(logits, expected.values());
                    System.out.printf("%s on %s, KV %s, %d rows: %.3g%n", name, kind, kv, chunk, difference);
                    assertThat(difference).as("KV %s, %d rows", kv, chunk).isLessThan(TOLERANCES.get(kv));
                }
            }
        }
    }
}
