/* SPDX-License-Identifier: Apache-2.0 */
package io.pinyon.kv;

import java.nio.file.Path;
import java.util.Map;
import java.util.Set;
import java.util.function.Supplier;
import java.util.stream.Stream;

import io.pinyon.device.Device;
import io.pinyon.device.DeviceOptions;
import io.pinyon.device.cpu.CpuDeviceProvider;
import io.pinyon.device.scalar.ScalarDevice;
import io.pinyon.kv.FileHouse.Room;
import io.pinyon.kv.KvTierModel.House;
import io.pinyon.memory.Tier;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;

/** The random operations of {@link KvTierModel} on host devices with a page file, and on pages in plain memory. */
class KvTierModelTest {
    private static final Set<Tier> TWO = Set.of(Tier.HOST, Tier.DISK);
    private static final Set<Tier> THREE = Set.of(Tier.DEVICE, Tier.HOST, Tier.DISK);
    private static final Room LITTLE = new Room(Map.of(Tier.HOST, 700L), 250_000);

    @TempDir
    static Path directory;

    private static House ample(String name, Supplier<Device> open) {
        return new House(name, TWO, false, () -> new FileHouse(open, directory.resolve(name), Room.AMPLE));
    }

    private static House little(String name, Supplier<Device> open) {
        return new House(name + ", little room", TWO, true,
                () -> new FileHouse(open, directory.resolve(name + "-little"), LITTLE));
    }

    private static Device scalar() {
        return new ScalarDevice(DeviceOptions.defaults());
    }

    private static Device cpu() {
        return new CpuDeviceProvider().open(0, DeviceOptions.defaults());
    }

    static Stream<House> houses() {
        return Stream.of(ample("scalar", KvTierModelTest::scalar), little("scalar", KvTierModelTest::scalar),
                ample("cpu", KvTierModelTest::cpu), little("cpu", KvTierModelTest::cpu),
                new House("two tiers", TWO, false,
                        () -> TierHouse.fake(Tier.HOST, Long.MAX_VALUE, 0, new MemoryStore(2000))),
                new House("two tiers, little room", TWO, true,
                        () -> TierHouse.fake(Tier.HOST, 700, 0, new MemoryStore(40))),
                new House("three tiers", THREE, false,
                        () -> TierHouse.fake(Tier.DEVICE, Long.MAX_VALUE, Long.MAX_VALUE, new MemoryStore(2000))),
                new House("three tiers, little room", THREE, true,
                        () -> TierHouse.fake(Tier.DEVICE, 1000, 500, new MemoryStore(40))));
    }

    @ParameterizedTest
    @MethodSource("houses")
    void agreesWithLists(House house) {
        KvTierModel.run(house);
    }
}
