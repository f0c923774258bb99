/* SPDX-License-Identifier: Apache-2.0 */
package io.pinyon.format;

/** Makes text from untrusted files fit for a one-line message. */
final class Printable {
    private static final int LIMIT = 400;

    private Printable() {}

    /** The text without control characters, cut when it is long. */
    static String of(String text) {
        String cut = text.length() <= LIMIT ? text : text.substring(0, LIMIT) + "…";
        return cut.codePoints()
                .map(c -> Character.isISOControl(c) || Character.getType(c) == Character.FORMAT ? '?' : c)
                .collect(StringBuilder::new, StringBuilder::appendCodePoint, StringBuilder::append).toString();
    }
}
