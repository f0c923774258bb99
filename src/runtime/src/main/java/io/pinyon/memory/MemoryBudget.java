/* SPDX-License-Identifier: Apache-2.0 */
package io.pinyon.memory;

import java.util.ArrayList;
import java.util.EnumMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.OptionalLong;

import io.pinyon.error.UsageException;

/**
 * The most bytes that a device may hold, by tier. What is empty has no limit. Mapped files are never limited: the operating
 * system drops and re-reads them as it likes.
 *
 * @param device of the device's own memory, also on a device whose own memory is the machine's
 * @param host of the machine's memory
 * @param disk of the file that pages of keys and values go to
 */
public record MemoryBudget(OptionalLong device, OptionalLong host, OptionalLong disk) {
    /** No limit. */
    public static final MemoryBudget NONE = new MemoryBudget(OptionalLong.empty(), OptionalLong.empty(),
            OptionalLong.empty());

    private static final String CODE = "PIN-OPTION-BUDGET";
    private static final String REMEDY = "write it like 8GiB for the device's own memory, or like "
            + "device=12GiB,host=64GiB,disk=200GiB";

    /** Refuses negative numbers with {@code PIN-OPTION-BUDGET}. */
    public MemoryBudget {
        for (OptionalLong bytes : List.of(device, host, disk)) {
            if (bytes.orElse(0) < 0) {
                throw new UsageException(CODE, "a budget of " + bytes.getAsLong() + " bytes",
                        "use a number of bytes from 0");
            }
        }
    }

    /** A limit for the device's own memory. */
    public static MemoryBudget of(long bytes) {
        return NONE.withDevice(bytes);
    }

    /**
     * Reads a size for the device's own memory, or sizes by tier.
     *
     * @param text for example {@code 8GiB} or {@code device=12GiB,host=64GiB}
     * @throws UsageException {@code PIN-OPTION-BUDGET} naming what is wrong
     */
    public static MemoryBudget parse(String text) {
        if (text.indexOf('=') < 0) {
            return of(size(text, text));
        }
        MemoryBudget budget = NONE;
        for (String part : text.split(",", -1)) {
            int equals = part.indexOf('=');
            String tier = part.substring(0, Math.max(0, equals)).strip().toLowerCase(Locale.ROOT);
            long bytes = size(text, part.substring(equals + 1));
            OptionalLong before = switch (tier) {
                case "device" -> budget.device;
                case "host" -> budget.host;
                case "disk" -> budget.disk;
                default -> throw refused(text, "has the tier '" + tier + "'; there are device, host and disk");
            };
            if (before.isPresent()) {
                throw refused(text, "gives " + tier + " more than once");
            }
            budget = switch (tier) {
                case "device" -> budget.withDevice(bytes);
                case "host" -> budget.withHost(bytes);
                default -> budget.withDisk(bytes);
            };
        }
        return budget;
    }

    private static long size(String text, String size) {
        return Bytes.parse(size).orElseThrow(() -> refused(text, "has '" + size.strip() + "', which is no size"));
    }

    private static UsageException refused(String text, String what) {
        return new UsageException(CODE, "the budget '" + text + "' " + what, REMEDY);
    }

    /** The same with another limit for the device's own memory. */
    public MemoryBudget withDevice(long bytes) {
        return new MemoryBudget(OptionalLong.of(bytes), host, disk);
    }

    /** The same with another limit for the machine's memory. */
    public MemoryBudget withHost(long bytes) {
        return new MemoryBudget(device, OptionalLong.of(bytes), disk);
    }

    /** The same with another limit for the page file. */
    public MemoryBudget withDisk(long bytes) {
        return new MemoryBudget(device, host, OptionalLong.of(bytes));
    }

    /**
     * The limits of a device.
     *
     * @param own the tier of the device's own memory
     * @throws UsageException {@code PIN-OPTION-BUDGET} if {@code device} and {@code host} name the same memory and both are
     *     given
     */
    public Map<Tier, Long> limits(Tier own) {
        if (own == Tier.HOST && device.isPresent() && host.isPresent()) {
            throw refused(toString(), "limits device and host, but the memory of this device is the host's");
        }
        var limits = new EnumMap<Tier, Long>(Tier.class);
        device.ifPresent(bytes -> limits.put(own, bytes));
        host.ifPresent(bytes -> limits.put(Tier.HOST, bytes));
        disk.ifPresent(bytes -> limits.put(Tier.DISK, bytes));
        return limits;
    }

    /** What {@link #parse} reads; {@code none} without limits. */
    @Override
    public String toString() {
        if (device.isPresent() && host.isEmpty() && disk.isEmpty()) {
            return Bytes.exact(device.getAsLong());
        }
        List<String> parts = new ArrayList<>();
        device.ifPresent(bytes -> parts.add("device=" + Bytes.exact(bytes)));
        host.ifPresent(bytes -> parts.add("host=" + Bytes.exact(bytes)));
        disk.ifPresent(bytes -> parts.add("disk=" + Bytes.exact(bytes)));
        return parts.isEmpty() ? "none" : String.join(",", parts);
    }
}
