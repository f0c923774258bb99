/* SPDX-License-Identifier: Apache-2.0 */
package io.pinyon.kv;

import java.nio.file.Path;
import java.util.Map;
import java.util.Set;
import java.util.stream.Stream;

import io.pinyon.device.Device;
import io.pinyon.device.DeviceOptions;
import io.pinyon.device.contract.GpuTest;
import io.pinyon.device.cuda.CudaDeviceProvider;
import io.pinyon.kv.FileHouse.Room;
import io.pinyon.kv.KvTierModel.House;
import io.pinyon.memory.Tier;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;

/** The random operations of {@link KvTierModel} on a GPU: its memory, page-locked memory, and a page file. */
@GpuTest
class CudaKvTierModelTest {
    private static final Set<Tier> TIERS = Set.of(Tier.DEVICE, Tier.HOST, Tier.DISK);
    private static final Room LITTLE = new Room(Map.of(Tier.DEVICE, 1000L, Tier.HOST, 500L), 200_000);

    @TempDir
    static Path directory;

    private static Device open() {
        return new CudaDeviceProvider().open(0, DeviceOptions.defaults());
    }

    static Stream<House> houses() {
        return Stream.of(new House("cuda", TIERS, false,
                () -> new FileHouse(CudaKvTierModelTest::open, directory.resolve("cuda"), Room.AMPLE)),
                new House("cuda, little room", TIERS, true,
                        () -> new FileHouse(CudaKvTierModelTest::open, directory.resolve("cuda-little"), LITTLE)));
    }

    @ParameterizedTest
    @MethodSource("houses")
    void agreesWithLists(House house) {
        KvTierModel.run(house);
    }
}
