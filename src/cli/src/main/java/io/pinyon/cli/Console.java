/* SPDX-License-Identifier: Apache-2.0 */
package io.pinyon.cli;

import java.io.BufferedReader;
import java.io.BufferedWriter;
import java.io.FileDescriptor;
import java.io.FileOutputStream;
import java.io.IOException;
import java.io.InputStreamReader;
import java.io.OutputStream;
import java.io.OutputStreamWriter;
import java.io.PrintStream;
import java.io.Reader;
import java.io.StringWriter;
import java.io.UncheckedIOException;
import java.io.Writer;
import java.nio.charset.StandardCharsets;
import java.util.Locale;
import java.util.Map;

import io.pinyon.error.EngineException;

/**
 * The three standard streams of a command, in UTF-8. Unlike {@link System#out}, a failed write is noticed: a reader that
 * went away ends the command quietly, a full disk is an error.
 */
final class Console implements AutoCloseable {
    private final BufferedReader in;
    private final BufferedWriter out;
    private final PrintStream err;
    private final boolean terminal;

    Console(Reader in, Writer out, PrintStream err, boolean terminal) {
        this.in = new BufferedReader(in);
        this.out = new BufferedWriter(out);
        this.err = err;
        this.terminal = terminal;
    }

    /** The streams of this process. */
    @SuppressWarnings("SystemConsoleNull") // it is null again from JDK 25 on when there is no terminal
    static Console standard() {
        OutputStream out = new FileOutputStream(FileDescriptor.out);
        var err = new PrintStream(new FileOutputStream(FileDescriptor.err), true, StandardCharsets.UTF_8);
        java.io.Console system = System.console();
        return new Console(new InputStreamReader(System.in, StandardCharsets.UTF_8),
                new OutputStreamWriter(out, StandardCharsets.UTF_8), err, system != null && system.isTerminal());
    }

    /** Whether people watch: input and output are a terminal. */
    boolean isTerminal() {
        return terminal;
    }

    /** Writes text and shows it at once. */
    void text(String text) {
        try {
            out.write(text);
            out.flush();
        } catch (IOException e) {
            throw failure(e);
        }
    }

    /** Writes a line. */
    void line(String line) {
        text(line + "\n");
    }

    /** Writes one JSON value and a line break. */
    void json(Map<String, ?> value) {
        line(Json.write(value));
    }

    /** Writes a line to standard error. */
    void note(String line) {
        err.println(line);
    }

    /** Writes the stack trace of an error to standard error. */
    void trace(Throwable error) {
        error.printStackTrace(err);
    }

    /** A bar on standard error if people watch, otherwise nothing. */
    Progress progress(String title) {
        return new Progress(err, title, terminal);
    }

    /** Standard input, line by line. */
    BufferedReader input() {
        return in;
    }

    /** All of standard input. */
    String readAll() {
        try {
            var text = new StringWriter();
            in.transferTo(text);
            return text.toString();
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }

    private static RuntimeException failure(IOException e) {
        String message = String.valueOf(e.getMessage());
        String lower = message.toLowerCase(Locale.ROOT);
        if (lower.contains("broken pipe") || lower.contains("connection reset")
                || lower.contains("pipe is being closed")) {
            return new ReaderGone(e);
        }
        return new EngineException("PIN-IO-STDOUT", "standard output cannot be written: " + message,
                "check the file or program that it goes to, and the free space", e);
    }

    @Override
    public void close() {
        err.flush();
    }

    /** Whoever read standard output has closed it, as {@code head} does. */
    static final class ReaderGone extends RuntimeException {
        private static final long serialVersionUID = 1L;

        ReaderGone(IOException cause) {
            super(cause);
        }
    }
}
