/* SPDX-License-Identifier: Apache-2.0 */
package io.pinyon.cli;

import java.io.PrintStream;
import java.io.Reader;
import java.io.Writer;

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

    /**
     * Runs one command in this process.
     *
     * @param in what the command reads as standard input
     * @param out gets its results
     * @param err gets its notes and its error, if any
     * @param args the command line
     * @return the exit status
     */
    public static int run(Reader in, Writer out, PrintStream err, String... args) {
        try (var console = new Console(in, out, err, false)) {
            return new PinyonCommand(console).run(args);
        }
    }
}
