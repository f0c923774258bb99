/* SPDX-License-Identifier: Apache-2.0 */
package io.pinyon.cli;

import java.io.IOException;
import java.io.InputStream;
import java.io.UncheckedIOException;
import java.nio.charset.StandardCharsets;
import java.util.Arrays;
import java.util.List;
import java.util.regex.Pattern;

/** The KV methods of {@code docs/methods.md}, which is part of the program. */
final class KvMethods {
    /** Axes of a KV specification in the order in which they are written. */
    static final List<String> AXES = List.of("codec", "retain", "place", "select");

    private static final Pattern LINK = Pattern.compile("\\[([^]]*)]\\([^)]*\\)");
    private static final int COLUMNS = 7;

    private KvMethods() {}

    /**
     * One row.
     *
     * @param number its name for good
     * @param axes where it plugs in; only axes of a KV specification
     * @param name what it is
     * @param paper where it comes from, or a dash
     * @param written how it is asked for
     * @param state {@code works} or {@code planned}
     */
    record Method(String number, List<String> axes, String name, String paper, String written, String state) {
        boolean works() {
            return state.equals("works");
        }
    }

    /** All methods on at least one axis. */
    static List<Method> all() {
        return text().lines().filter(line -> line.startsWith("| ")).map(KvMethods::cells)
                .filter(cells -> cells.size() == COLUMNS).map(KvMethods::method)
                .filter(method -> !method.axes().isEmpty()).toList();
    }

    private static String text() {
        try (InputStream in = KvMethods.class.getResourceAsStream("methods.md")) {
            return new String(in.readAllBytes(), StandardCharsets.UTF_8);
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }

    private static List<String> cells(String line) {
        String inner = line.strip();
        return Arrays.stream(inner.substring(1, inner.length() - 1).split("\\|", -1)).map(String::strip).toList();
    }

    /** Columns: No., Method, Paper, Axis, Written as, State, Measured. */
    private static Method method(List<String> cells) {
        List<String> axes = Arrays.stream(cells.get(3).split(",")).map(String::strip).filter(AXES::contains).toList();
        return new Method(cells.get(0), axes, cells.get(1), LINK.matcher(cells.get(2)).replaceAll("$1"),
                cells.get(4).replace("`", ""), cells.get(5));
    }
}
