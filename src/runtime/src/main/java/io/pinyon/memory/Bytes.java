/* SPDX-License-Identifier: Apache-2.0 */
package io.pinyon.memory;

import java.util.Locale;

/** Byte counts for people: binary units, one decimal. */
public final class Bytes {
    private static final String[] UNITS = {"KiB", "MiB", "GiB", "TiB", "PiB", "EiB"};

    private Bytes() {}

    /** For example {@code 512 B}, {@code 1.5 KiB}, {@code 14.4 MiB}. */
    public static String format(long bytes) {
        if (Math.abs(bytes) < 1024) {
            return bytes + " B";
        }
        double value = bytes;
        int unit = -1;
        while (Math.abs(value) >= 1024 && unit < UNITS.length - 1) {
            value /= 1024;
            unit++;
        }
        return String.format(Locale.ROOT, "%.1f %s", value, UNITS[unit]);
    }
}
