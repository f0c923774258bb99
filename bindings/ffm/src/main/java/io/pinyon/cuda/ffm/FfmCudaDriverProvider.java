/* SPDX-License-Identifier: Apache-2.0 */
package io.pinyon.cuda.ffm;

import java.lang.foreign.Arena;
import java.lang.foreign.SymbolLookup;
import java.nio.file.Path;
import java.util.List;
import java.util.Locale;
import java.util.Optional;

import io.pinyon.cuda.driver.CudaDriverProvider;
import io.pinyon.cuda.driver.CudaException;

/** Offers the installed CUDA driver, if there is one, without any jar but this. */
public final class FfmCudaDriverProvider implements CudaDriverProvider {
    static final String NAME = "ffm";

    private static final int OLDEST_DRIVER = 12_000;
    private static final int NO_DEVICE = 100;
    private static final int STUB_LIBRARY = 34;
    private static final int SYSTEM_DRIVER_MISMATCH = 803;

    private final List<String> libraries;

    /** Looks for the driver where the system's loader does, and where containers and WSL have it. */
    public FfmCudaDriverProvider() {
        this(librariesOf(System.getProperty("os.name")));
    }

    /** Looks for the driver under these names or paths, in this order. */
    FfmCudaDriverProvider(List<String> libraries) {
        this.libraries = List.copyOf(libraries);
    }

    static List<String> librariesOf(String system) {
        String lower = system.toLowerCase(Locale.ROOT);
        if (lower.startsWith("windows")) {
            return List.of("nvcuda.dll");
        }
        return lower.startsWith("linux")
                ? List.of("libcuda.so.1", "/usr/local/nvidia/lib64/libcuda.so.1", "/usr/lib/wsl/lib/libcuda.so.1")
                : List.of();
    }

    @Override
    public String name() {
        return NAME;
    }

    @Override
    public int priority() {
        return 100;
    }

    @Override
    public Probe probe() {
        if (libraries.isEmpty()) {
            return new Probe.NotUsable("there is no CUDA driver for " + System.getProperty("os.name"),
                    "use a machine with Linux or Windows and an NVIDIA GPU");
        }
        try {
            return open().map(FfmCudaDriverProvider::probe).orElseGet(() -> new Probe.NotUsable(
                    "the CUDA driver's library is not found; tried " + String.join(", ", libraries),
                    "install the NVIDIA driver, or add the folder of its library to "
                            + (libraries.getFirst().endsWith(".dll") ? "PATH" : "LD_LIBRARY_PATH")));
        } catch (IllegalCallerException e) {
            Module module = FfmCudaDriverProvider.class.getModule();
            return new Probe.NotUsable("Java was told to refuse native access: " + e.getMessage(),
                    "start Java with --enable-native-access=" + (module.isNamed() ? module.getName() : "ALL-UNNAMED"));
        }
    }

    /** The first library that can be loaded; never unloaded, because the driver does not bear that. */
    @SuppressWarnings("restricted") // loading the driver is what this module is for
    private Optional<SymbolLookup> open() {
        for (String library : libraries) {
            try {
                Path path = Path.of(library);
                return Optional.of(path.isAbsolute()
                        ? SymbolLookup.libraryLookup(path, Arena.global())
                        : SymbolLookup.libraryLookup(library, Arena.global()));
            } catch (IllegalArgumentException e) {
                // not there: the next one, and if it was the last, the probe lists all
                continue;
            }
        }
        return Optional.empty();
    }

    private static Probe probe(SymbolLookup library) {
        var driver = new FfmCudaDriver(library);
        try {
            int version = driver.driverVersion();
            if (version < OLDEST_DRIVER) {
                return new Probe.NotUsable("the driver is old: it supports CUDA %d.%d, and 12.0 or later is needed"
                        .formatted(version / 1000, version % 1000 / 10), "install NVIDIA driver 525 or later");
            }
            driver.initialize();
            return new Probe.Usable(driver);
        } catch (CudaException e) {
            return new Probe.NotUsable(e.getMessage(), remedy(e.code()));
        }
    }

    private static String remedy(int code) {
        return switch (code) {
            case NO_DEVICE -> "check that nvidia-smi lists a GPU, that CUDA_VISIBLE_DEVICES does not hide it, and that"
                    + " the container was started with it";
            case STUB_LIBRARY -> "take the CUDA toolkit's folder of stubs out of the library path";
            case SYSTEM_DRIVER_MISMATCH -> "restart the machine: the driver was updated while it was running";
            default -> "check that nvidia-smi works for this user, and reinstall the NVIDIA driver if it does not";
        };
    }
}
