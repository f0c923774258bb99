/* SPDX-License-Identifier: Apache-2.0 */
package io.pinyon.tests;

import java.io.ByteArrayOutputStream;
import java.io.PrintStream;
import java.io.StringReader;
import java.io.StringWriter;
import java.nio.charset.StandardCharsets;

import io.pinyon.cli.Main;

/**
 * One command that was run in this process.
 *
 * @param args the command line
 * @param status its exit status
 * @param out what it printed
 * @param err its notes and errors
 */
record Cli(String args, int status, String out, String err) {
    /** Runs a command without input. */
    static Cli run(String... args) {
        return runWithInput("", args);
    }

    /** Runs a command that reads. */
    static Cli runWithInput(String input, String... args) {
        var out = new StringWriter();
        var err = new ByteArrayOutputStream();
        int status = Main.run(new StringReader(input), out, new PrintStream(err, true, StandardCharsets.UTF_8), args);
        return new Cli(String.join(" ", args), status, out.toString(), err.toString(StandardCharsets.UTF_8));
    }
}
