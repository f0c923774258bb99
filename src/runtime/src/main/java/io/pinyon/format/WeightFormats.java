/* SPDX-License-Identifier: Apache-2.0 */
package io.pinyon.format;

import java.util.List;
import java.util.Optional;

/** The registry of weight formats: one line each. */
public final class WeightFormats {
    private static final List<WeightFormat> ALL = List.of();

    private WeightFormats() {}

    /** Every known format, in the order of registration. */
    public static List<WeightFormat> all() {
        return ALL;
    }

    /** Names of the formats that can be written. */
    public static List<String> encodable() {
        return ALL.stream().filter(WeightFormat::encodes).map(WeightFormat::name).toList();
    }

    /** The format with this GGUF tensor type number. */
    public static Optional<WeightFormat> byGgmlType(int type) {
        return ALL.stream().filter(format -> format.ggmlType() == type).findFirst();
    }

    /** The format with this name, in any case. */
    public static Optional<WeightFormat> byName(String name) {
        return ALL.stream().filter(format -> format.name().equalsIgnoreCase(name)).findFirst();
    }
}
