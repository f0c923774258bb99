/* SPDX-License-Identifier: Apache-2.0 */
package io.pinyon.model.convert;

import java.nio.file.Path;
import java.util.Collections;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;

/**
 * A finished conversion.
 *
 * @param file the new file
 * @param bytes its length
 * @param tensorsByFormat number of tensors in each weight format
 * @param notices what is not as one might expect, one sentence each
 */
public record Conversion(Path file, long bytes, Map<String, Integer> tensorsByFormat, List<String> notices) {
    /** Copies the collections. */
    public Conversion {
        tensorsByFormat = Collections.unmodifiableMap(new LinkedHashMap<>(tensorsByFormat));
        notices = List.copyOf(notices);
    }
}
