/* SPDX-License-Identifier: Apache-2.0 */
package io.pinyon.engine;

import java.util.OptionalLong;
import java.util.Random;

import io.pinyon.decode.SamplerChain;
import io.pinyon.decode.SamplerSpec;
import io.pinyon.device.Device;
import io.pinyon.device.DeviceOptions;
import io.pinyon.device.Devices;
import io.pinyon.device.Tensor;
import io.pinyon.device.contract.Seeds;
import io.pinyon.error.EngineException;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

/** Tokens chosen on the device and by the chain of samplers. */
class NextTokenTest {
    private static final int VOCABULARY = 1003;
    private static final int CHOICES = 1000;

    private static SamplerSpec spec(float temperature, int topK, float topP, float minP, float presence) {
        return new SamplerSpec(temperature, topK, topP, minP, 1, 64, 0, presence, OptionalLong.of(11));
    }

    @ParameterizedTest
    @CsvSource({"0, 0, 1, 0", "1, 0, 1, 0", "0.7, 0, 1, 0", "2.5, 40, 1, 0", "1, 0, 0.9, 0", "1, 0, 1, 0.05",
            "0.8, 40, 0.95, 0.05", "1.3, 2000, 0.99, 0.001", "1e-30, 0, 1, 0", "3, 0, 0.5, 0"})
    void bothWaysChooseTheSame(float temperature, int topK, float topP, float minP) {
        Random random = Seeds.random("both ways", temperature, topK, topP, minP);
        SamplerSpec spec = spec(temperature, topK, topP, minP, 0);
        SamplerChain chain = spec.chain(CHOICES);
        SamplerChain other = spec.chain(CHOICES);
        try (Device device = Devices.open("scalar", DeviceOptions.defaults()).device();
                DeviceSampler sampler = new DeviceSampler(device);
                Tensor row = device.allocate(1, VOCABULARY)) {
            NextToken next = new NextToken(other, VOCABULARY);
            for (int step = 0; step < 200; step++) {
                float[] logits = new float[VOCABULARY];
                for (int i = 0; i < VOCABULARY; i++) {
                    logits[i] = i < CHOICES ? (float) (2 * random.nextGaussian()) : 100;
                }
                device.write(row, logits);
                next.onLogits(row, device, sampler);
                assertThat(next.id()).as("step " + step).isEqualTo(chain.sample(logits));
            }
        }
    }

    @Test
    void penaltiesAreTheHostsBusiness() {
        assertThat(spec(1, 0, 1, 0, 0).penalises()).isFalse();
        assertThat(spec(1, 0, 1, 0, 0.5f).penalises()).isTrue();
        assertThat(new SamplerSpec(1, 0, 1, 0, 1.1f, 0, 0, 1, OptionalLong.empty()).penalises())
                .as("an empty window").isFalse();
        try (Device device = Devices.open("scalar", DeviceOptions.defaults()).device();
                DeviceSampler sampler = new DeviceSampler(device);
                Tensor row = device.upload(new float[]{1, 3, 2}, 1)) {
            SamplerChain chain = spec(0, 0, 1, 0, 5).chain(3);
            NextToken next = new NextToken(chain, 3);
            for (int expected : new int[]{1, 2, 0}) {
                next.onLogits(row, device, sampler);
                int id = next.id();
                assertThat(id).isEqualTo(expected);
                chain.accept(id);
            }
        }
    }

    @Test
    void whatIsNoNumberIsRefused() {
        for (float presence : new float[]{0, 1}) {
            for (float bad : new float[]{Float.NaN, Float.POSITIVE_INFINITY}) {
                try (Device device = Devices.open("scalar", DeviceOptions.defaults()).device();
                        DeviceSampler sampler = new DeviceSampler(device);
                        Tensor row = device.upload(new float[]{1, bad, 2}, 1)) {
                    NextToken next = new NextToken(spec(1, 0, 1, 0, presence).chain(3), 3);
                    next.onLogits(row, device, sampler);
                    assertThatThrownBy(next::id).isInstanceOf(EngineException.class)
                            .hasMessageStartingWith("PIN-SAMPLE-NONFINITE: ");
                }
            }
        }
    }
}
