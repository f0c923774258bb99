/* SPDX-License-Identifier: Apache-2.0 */
package io.pinyon.memory;

import java.math.BigDecimal;
import java.util.Locale;
import java.util.OptionalLong;
import java.util.regex.Matcher;
import java.util.regex.Pattern;

/** Byte counts for people: binary units, one decimal. */
public final class Bytes {
    private static final String[] UNITS = {"KiB", "MiB", "GiB", "TiB", "PiB", "EiB"};
    private static final String INITIALS = "KMGTPE";
    private static final Pattern SIZE = Pattern.compile("(\\d{1,19}(?:\\.\\d{1,9})?)\\s*(?:([KMGTPE])iB|B)?",
            Pattern.CASE_INSENSITIVE);

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

    /** As {@link #parse} reads it, without rounding: {@code 512MiB}, {@code 1536KiB}, {@code 1000}. */
    public static String exact(long bytes) {
        long value = bytes;
        int unit = -1;
        while (value != 0 && value % 1024 == 0 && unit < UNITS.length - 1) {
            value /= 1024;
            unit++;
        }
        return unit < 0 ? Long.toString(bytes) : value + UNITS[unit];
    }

    /** Reads {@code 8GiB}, {@code 512MiB}, {@code 1.5GiB} or {@code 1048576}; empty for anything else. */
    public static OptionalLong parse(String text) {
        Matcher match = SIZE.matcher(text.strip());
        if (!match.matches()) {
            return OptionalLong.empty();
        }
        String unit = match.group(2);
        int power = unit == null ? 0 : 1 + INITIALS.indexOf(unit.toUpperCase(Locale.ROOT));
        BigDecimal bytes = new BigDecimal(match.group(1)).multiply(BigDecimal.valueOf(1L << (10 * power)));
        return bytes.compareTo(BigDecimal.valueOf(Long.MAX_VALUE)) > 0
                ? OptionalLong.empty()
                : OptionalLong.of(bytes.longValue());
    }
}
