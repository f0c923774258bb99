/* SPDX-License-Identifier: Apache-2.0 */
package io.pinyon.cli;

import java.math.BigDecimal;
import java.util.List;
import java.util.regex.Matcher;
import java.util.regex.Pattern;

import io.pinyon.error.UsageException;

/** Reads numbers of bytes that users write. */
final class Sizes {
    private static final Pattern SIZE = Pattern.compile("(\\d{1,18}(?:\\.\\d{1,9})?)\\s*(?:([KMGT])iB|B)?");
    private static final List<String> UNITS = List.of("K", "M", "G", "T");

    private Sizes() {}

    /**
     * Bytes, for example of {@code 8GiB}, {@code 512MiB}, {@code 1.5GiB} or {@code 1048576}.
     *
     * @throws UsageException {@code PIN-USAGE} naming option and value
     */
    static long parse(String option, String text) {
        Matcher match = SIZE.matcher(text.strip());
        if (match.matches()) {
            int power = match.group(2) == null ? 0 : 1 + UNITS.indexOf(match.group(2));
            BigDecimal bytes = new BigDecimal(match.group(1)).multiply(BigDecimal.valueOf(1L << (10 * power)));
            if (bytes.compareTo(BigDecimal.valueOf(Long.MAX_VALUE)) <= 0) {
                return bytes.longValue();
            }
        }
        throw new UsageException("PIN-USAGE", option + " is '" + text + "', which is no size",
                "write it like 8GiB, 512MiB or as a number of bytes");
    }
}
