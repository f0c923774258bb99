/* SPDX-License-Identifier: Apache-2.0 */
package io.pinyon.cuda.driver;

import java.util.ArrayList;
import java.util.Comparator;
import java.util.List;
import java.util.Locale;
import java.util.Optional;
import java.util.ServiceConfigurationError;
import java.util.ServiceLoader;

/** Finds the installed bridges and chooses one. */
public final class CudaDrivers {
    private CudaDrivers() {}

    /**
     * What was found.
     *
     * @param driver the chosen bridge; empty if none is usable
     * @param refusals why others before it are not usable, one {@code name: reason (remedy)} each
     */
    public record Choice(Optional<CudaDriver> driver, List<String> refusals) {
        /** Copies the list. */
        public Choice {
            refusals = List.copyOf(refusals);
        }
    }

    /** Names of the installed bridges, the preferred one first. */
    public static List<String> names() {
        return providers(new ArrayList<>()).stream().map(CudaDriverProvider::name).toList();
    }

    /**
     * Chooses a bridge.
     *
     * @param forced the name of the only one to try; empty for the usable one with the highest priority
     */
    public static Choice choose(Optional<String> forced) {
        List<String> refusals = new ArrayList<>();
        List<CudaDriverProvider> providers = providers(refusals);
        for (CudaDriverProvider provider : providers) {
            if (forced.isEmpty() || forced.get().toLowerCase(Locale.ROOT).equals(provider.name())) {
                switch (provider.probe()) {
                    case CudaDriverProvider.Probe.Usable usable -> {
                        return new Choice(Optional.of(usable.driver()), refusals);
                    }
                    case CudaDriverProvider.Probe.NotUsable no -> refusals
                            .add("%s: %s (%s)".formatted(provider.name(), no.reason(), no.remedy()));
                }
            }
        }
        if (refusals.isEmpty()) {
            refusals.add(forced.map(name -> "there is no bridge " + name + ", only "
                    + providers.stream().map(CudaDriverProvider::name).toList())
                    .orElse("no bridge to the CUDA driver is installed (add pinyon-cuda-ffm to the class path)"));
        }
        return new Choice(Optional.empty(), refusals);
    }

    private static List<CudaDriverProvider> providers(List<String> refusals) {
        var found = new ArrayList<CudaDriverProvider>();
        var services = ServiceLoader.load(CudaDriverProvider.class, CudaDrivers.class.getClassLoader()).stream()
                .iterator();
        while (services.hasNext()) {
            try {
                found.add(services.next().get());
            } catch (ServiceConfigurationError e) {
                refusals.add("a bridge that cannot be loaded: " + e.getMessage());
            }
        }
        found.sort(Comparator.comparingInt(CudaDriverProvider::priority).reversed());
        return found;
    }
}
