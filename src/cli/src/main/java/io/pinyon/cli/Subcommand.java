/* SPDX-License-Identifier: Apache-2.0 */
package io.pinyon.cli;

/** One command. picocli fills its fields, then it runs once. */
interface Subcommand {
    /**
     * Does the work.
     *
     * @throws io.pinyon.error.PinyonException with a code, whose kind decides the exit status
     */
    void run(Console console);
}
