/* SPDX-License-Identifier: Apache-2.0 */
package io.pinyon.cli;

import io.pinyon.error.UsageException;
import io.pinyon.memory.Bytes;

/** Reads numbers of bytes that users write. */
final class Sizes {
    private Sizes() {}

    /**
     * Bytes, for example of {@code 8GiB}, {@code 512MiB}, {@code 1.5GiB} or {@code 1048576}.
     *
     * @throws UsageException {@code PIN-USAGE} naming option and value
     */
    static long parse(String option, String text) {
        return Bytes.parse(text).orElseThrow(() -> new UsageException("PIN-USAGE",
                option + " is '" + text + "', which is no size", "write it like 8GiB, 512MiB or as a number of bytes"));
    }
}
