/* SPDX-License-Identifier: Apache-2.0 */
package io.pinyon.device;

import java.util.List;

import io.pinyon.device.DeviceProvider.Availability;
import io.pinyon.device.host.HostPlan;
import io.pinyon.device.scalar.ScalarDevice;
import io.pinyon.error.DeviceException;
import io.pinyon.error.UsageException;
import io.pinyon.memory.MemoryPlan;
import io.pinyon.memory.Tier;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

class DevicesTest {
    private static final Availability MISSING = new Availability.NotUsable("fast", "no driver", "install one");
    private static final Availability BROKEN = new Availability.NotUsable("fast:0", "too old", "replace it");
    private static final Availability PRESENT = new Availability.Usable(new DeviceInfo("fast:1", "for a test", 1));

    /** Opens scalar devices, whatever it is called; their memory limit tells which index was asked for. */
    private record Named(String kind, int priority, List<Availability> probe) implements DeviceProvider {
        @Override
        public Device open(int index, DeviceOptions options) {
            return new ScalarDevice(options.withMemoryLimit(index + 1));
        }

        @Override
        public Tier tier() {
            return Tier.HOST;
        }

        @Override
        public MemoryPlan plan(Workload work, DeviceOptions options) {
            return HostPlan.of(work, 0);
        }
    }

    private static DeviceProvider fast(Availability... probe) {
        return new Named("fast", 9, List.of(probe));
    }

    private static DeviceProvider plain() {
        return new Named("plain", 1, List.of(new Availability.Usable(new DeviceInfo("plain", "for a test", 1))));
    }

    private static DeviceChoice open(String request, DeviceProvider... providers) {
        return Devices.open(request, DeviceOptions.defaults(), List.of(providers));
    }

    private static int index(DeviceChoice choice) {
        try (Device device = choice.device()) {
            return (int) device.info().memoryBytes() - 1;
        }
    }

    @Test
    void theScalarDeviceIsInstalled() {
        assertThat(Devices.providers()).extracting(DeviceProvider::kind).contains("scalar");
        try (Device device = Devices.open("scalar", DeviceOptions.defaults()).device()) {
            assertThat(device.info().id()).isEqualTo("scalar");
        }
    }

    @Test
    void theUsualChoiceExplainsItself() {
        DeviceChoice choice = Devices.open("auto", DeviceOptions.defaults());
        try (Device device = choice.device()) {
            assertThat(device.info().id()).isNotEqualTo("scalar");
            assertThat(choice.reason()).startsWith("best usable");
        }
    }

    @Test
    void automaticTakesTheUsableOneOfHighestPriority() {
        assertThat(index(open("auto", plain(), fast(BROKEN, PRESENT)))).isEqualTo(1);
    }

    @Test
    void automaticTellsWhatItPassedOver() {
        DeviceChoice choice = open("auto", plain(), fast(MISSING));
        choice.device().close();
        assertThat(choice.reason()).isEqualTo("best usable; fast not usable: no driver (install one)");
    }

    @Test
    void automaticWithNothingUsableTellsEveryReason() {
        assertThatThrownBy(() -> open("auto", fast(BROKEN), new Named("other", 1, List.of(MISSING))))
                .isInstanceOf(DeviceException.class).hasMessageStartingWith("PIN-DEVICE-UNUSABLE")
                .hasMessageContaining("too old").hasMessageContaining("no driver");
    }

    @Test
    void aKindMeansItsFirstUsableDevice() {
        assertThat(index(open("fast", plain(), fast(BROKEN, PRESENT)))).isEqualTo(1);
        assertThat(index(open(" FAST:1 ", plain(), fast(BROKEN, PRESENT)))).isEqualTo(1);
        assertThat(index(open("fast:0", fast(PRESENT)))).isZero();
    }

    @Test
    void aForcedDeviceIsNeverReplaced() {
        assertThatThrownBy(() -> open("fast", plain(), fast(MISSING))).isInstanceOf(DeviceException.class)
                .hasMessage("PIN-DEVICE-UNUSABLE: device fast is not usable: no driver; install one");
        assertThatThrownBy(() -> open("fast:0", plain(), fast(BROKEN, PRESENT))).isInstanceOf(DeviceException.class)
                .hasMessage("PIN-DEVICE-UNUSABLE: device fast:0 is not usable: too old; replace it");
        assertThatThrownBy(() -> open("fast:3", plain(), fast(MISSING))).isInstanceOf(DeviceException.class)
                .hasMessageContaining("no driver");
    }

    @Test
    void aDeviceThatIsNotThereIsNamed() {
        assertThatThrownBy(() -> open("fast:2", fast(BROKEN, PRESENT))).isInstanceOf(DeviceException.class)
                .hasMessage("PIN-DEVICE-UNUSABLE: there is no device fast:2; use fast:1");
        assertThatThrownBy(() -> open("fast", fast())).isInstanceOf(DeviceException.class)
                .hasMessageStartingWith("PIN-DEVICE-UNUSABLE: there is no device fast:0");
        assertThatThrownBy(() -> Devices.open("scalar:1", DeviceOptions.defaults()))
                .isInstanceOf(DeviceException.class).hasMessageStartingWith("PIN-DEVICE-UNUSABLE");
    }

    @Test
    void anUnknownKindIsAnsweredWithTheKnownOnes() {
        assertThatThrownBy(() -> open("warp:0", plain(), fast())).isInstanceOf(UsageException.class)
                .hasMessageStartingWith("PIN-DEVICE-UNKNOWN").hasMessageContaining("warp")
                .hasMessageContaining("fast, plain");
    }

    @ParameterizedTest
    @ValueSource(strings = {"fast:", "fast:x", "fast:-1", "fast:1:2", "fast:99999999999", "auto:0"})
    void anIndexThatIsNoneIsRefused(String request) {
        assertThatThrownBy(() -> open(request, plain(), fast(PRESENT))).isInstanceOf(UsageException.class)
                .hasMessageStartingWith("PIN-DEVICE-INDEX").hasMessageContaining(request);
    }
}
