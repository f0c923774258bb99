/* SPDX-License-Identifier: Apache-2.0 */
package io.pinyon.device;

import java.util.ArrayList;
import java.util.Comparator;
import java.util.List;
import java.util.Locale;
import java.util.OptionalInt;
import java.util.ServiceLoader;
import java.util.stream.Collectors;

import io.pinyon.device.DeviceProvider.Availability;
import io.pinyon.error.DeviceException;
import io.pinyon.error.UsageException;

/** Finds the devices of this machine and opens one. */
public final class Devices {
    private Devices() {}

    /** All installed providers, the preferred one first. */
    public static List<DeviceProvider> providers() {
        return ServiceLoader.load(DeviceProvider.class, Devices.class.getClassLoader()).stream()
                .map(ServiceLoader.Provider::get).sorted(Comparator.comparingInt(DeviceProvider::priority).reversed())
                .toList();
    }

    /**
     * Opens a device.
     *
     * @param request {@code auto} for the usable device with the highest priority, a kind such as {@code cuda} for its
     *     first usable device, or a kind and an index such as {@code cuda:1}; in any case
     * @throws UsageException {@code PIN-DEVICE-UNKNOWN} if there is no such kind, {@code PIN-DEVICE-INDEX} if the index
     *     is not a number from 0
     * @throws DeviceException {@code PIN-DEVICE-UNUSABLE} if the device cannot be used, with its reason and remedy
     */
    public static DeviceChoice open(String request, DeviceOptions options) {
        return open(request, options, providers());
    }

    static DeviceChoice open(String request, DeviceOptions options, List<DeviceProvider> providers) {
        String[] parts = request.strip().toLowerCase(Locale.ROOT).split(":", 2);
        OptionalInt index = parts.length == 1 ? OptionalInt.empty() : OptionalInt.of(index(request, parts[1]));
        if (parts[0].equals("auto")) {
            if (index.isPresent()) {
                throw new UsageException("PIN-DEVICE-INDEX", "device " + request + " has an index",
                        "use auto alone, or name a kind");
            }
            return openBest(options, providers);
        }
        DeviceProvider provider = providers.stream().filter(p -> p.kind().equals(parts[0])).findFirst()
                .orElseThrow(() -> new UsageException("PIN-DEVICE-UNKNOWN", "there is no kind of device " + parts[0],
                        "use auto or one of " + kinds(providers)));
        List<Availability> found = provider.probe();
        int chosen = index.orElse(Math.max(0, firstUsable(found)));
        if (chosen < found.size() && found.get(chosen) instanceof Availability.Usable) {
            return new DeviceChoice(provider.open(chosen, options), "asked for " + request.strip());
        }
        throw unusable(provider.kind(), chosen, found);
    }

    private static int index(String request, String text) {
        try {
            int index = Integer.parseInt(text);
            if (index >= 0) {
                return index;
            }
        } catch (NumberFormatException e) {
            throw badIndex(request, text);
        }
        throw badIndex(request, text);
    }

    private static UsageException badIndex(String request, String text) {
        return new UsageException("PIN-DEVICE-INDEX", "device " + request + " has the index '" + text + "'",
                "indices are numbers from 0, as in cuda:0");
    }

    private static DeviceChoice openBest(DeviceOptions options, List<DeviceProvider> providers) {
        var passedOver = new ArrayList<Availability.NotUsable>();
        for (DeviceProvider provider : preferredFirst(providers)) {
            List<Availability> found = provider.probe();
            int usable = firstUsable(found);
            if (usable >= 0) {
                Device device = provider.open(usable, options);
                return new DeviceChoice(device, "best usable" + reasons(passedOver));
            }
            passedOver.addAll(refusals(found));
        }
        throw new DeviceException("PIN-DEVICE-UNUSABLE", "no device is usable" + reasons(passedOver),
                "install one of " + kinds(providers));
    }

    private static DeviceException unusable(String kind, int index, List<Availability> found) {
        List<Availability.NotUsable> refusals = refusals(found);
        if (index < found.size() && found.get(index) instanceof Availability.NotUsable refusal) {
            return unusable(refusal);
        }
        if (firstUsable(found) < 0 && !refusals.isEmpty()) {
            return unusable(refusals.getFirst());
        }
        String usable = found.stream().filter(Availability.Usable.class::isInstance)
                .map(a -> ((Availability.Usable) a).info().id()).collect(Collectors.joining(", "));
        return new DeviceException("PIN-DEVICE-UNUSABLE", "there is no device " + kind + ":" + index,
                usable.isEmpty() ? "use auto" : "use " + usable);
    }

    private static DeviceException unusable(Availability.NotUsable refusal) {
        return new DeviceException("PIN-DEVICE-UNUSABLE",
                "device " + refusal.id() + " is not usable: " + refusal.reason(), refusal.remedy());
    }

    private static List<DeviceProvider> preferredFirst(List<DeviceProvider> providers) {
        return providers.stream().sorted(Comparator.comparingInt(DeviceProvider::priority).reversed()).toList();
    }

    private static int firstUsable(List<Availability> found) {
        for (int i = 0; i < found.size(); i++) {
            if (found.get(i) instanceof Availability.Usable) {
                return i;
            }
        }
        return -1;
    }

    private static List<Availability.NotUsable> refusals(List<Availability> found) {
        return found.stream().filter(Availability.NotUsable.class::isInstance).map(Availability.NotUsable.class::cast)
                .toList();
    }

    private static String reasons(List<Availability.NotUsable> refusals) {
        return refusals.stream()
                .map(r -> "; " + r.id() + " not usable: " + r.reason() + " (" + r.remedy() + ")")
                .collect(Collectors.joining());
    }

    private static String kinds(List<DeviceProvider> providers) {
        return providers.stream().map(DeviceProvider::kind).sorted().collect(Collectors.joining(", "));
    }
}
