/* SPDX-License-Identifier: Apache-2.0 */
package io.pinyon.cuda.driver;

import java.io.IOException;
import java.net.URL;
import java.net.URLClassLoader;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Optional;
import java.util.function.Function;
import java.util.stream.Collectors;

import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

import static org.assertj.core.api.Assertions.assertThat;

/** The choice among bridges, each time with others installed. */
class CudaDriversTest {
    @TempDir
    private Path directory;

    private List<String> choose(Optional<String> forced, List<Class<? extends CudaDriverProvider>> installed)
            throws IOException, ReflectiveOperationException {
        Path services = Files.createDirectories(directory.resolve("META-INF/services"));
        Files.writeString(services.resolve(CudaDriverProvider.class.getName()),
                installed.stream().map(Class::getName).collect(Collectors.joining("\n")));
        URL[] path = {directory.toUri().toURL(), location(CudaDrivers.class), location(Chooser.class)};
        try (var loader = new URLClassLoader(path, ClassLoader.getPlatformClassLoader())) {
            @SuppressWarnings("unchecked")
            var chooser = (Function<Optional<String>, List<String>>) loader.loadClass(Chooser.class.getName())
                    .getConstructor().newInstance();
            return chooser.apply(forced);
        }
    }

    private static URL location(Class<?> type) {
        return type.getProtectionDomain().getCodeSource().getLocation();
    }

    @Test
    void withoutBridgesThereIsNone() throws Exception {
        assertThat(choose(Optional.empty(), List.of())).containsExactly("none",
                "no bridge to the CUDA driver is installed (add pinyon-cuda-ffm to the class path)");
    }

    @Test
    void usableBridgeOfHighestPriorityIsChosen() throws Exception {
        assertThat(choose(Optional.empty(), List.of(InstalledBridge.Spare.class, InstalledBridge.Good.class)))
                .containsExactly("good");
        assertThat(choose(Optional.empty(), List.of(InstalledBridge.Spare.class, InstalledBridge.Bare.class,
                InstalledBridge.Good.class))).containsExactly("good", "bare: no driver (install one)");
    }

    @Test
    void forcedBridgeIsTheOnlyOneTried() throws Exception {
        assertThat(choose(Optional.of("spare"), List.of(InstalledBridge.Spare.class, InstalledBridge.Good.class)))
                .containsExactly("spare");
        assertThat(choose(Optional.of("SPARE"), List.of(InstalledBridge.Spare.class, InstalledBridge.Good.class)))
                .containsExactly("spare");
        assertThat(choose(Optional.of("bare"), List.of(InstalledBridge.Bare.class, InstalledBridge.Good.class)))
                .containsExactly("none", "bare: no driver (install one)");
    }

    @Test
    void unknownBridgeIsRefusedWithTheKnownOnes() throws Exception {
        assertThat(choose(Optional.of("nonsense"), List.of(InstalledBridge.Spare.class, InstalledBridge.Good.class)))
                .containsExactly("none", "there is no bridge nonsense, only [good, spare]");
    }

    @Test
    void bridgeThatCannotBeLoadedIsPassedOver() throws Exception {
        List<String> result = choose(Optional.empty(),
                List.of(InstalledBridge.Broken.class, InstalledBridge.Good.class));

        assertThat(result).hasSize(2).first().isEqualTo("good");
        assertThat(result.getLast()).startsWith("a bridge that cannot be loaded: ").contains("Broken");
    }
}
