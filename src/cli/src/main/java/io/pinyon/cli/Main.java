/* SPDX-License-Identifier: Apache-2.0 */
package io.pinyon.cli;

/** Entry point of the command. */
public final class Main {
    private Main() {}

    /**
     * Runs one command and ends the process with its exit status.
     *
     * @param args the command line
     */
    public static void main(String[] args) {
        try (Console console = Console.standard()) {
            System.exit(new PinyonCommand(console).run(args));
        }
    }
}
