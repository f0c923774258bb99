/* SPDX-License-Identifier: Apache-2.0 */
package io.pinyon.tests;

import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.concurrent.TimeUnit;

/** Runs programs, with the Java that runs the tests. */
final class Processes {
    private static final int SECONDS = 120;

    private Processes() {}

    /**
     * A program that ended.
     *
     * @param status its exit status
     * @param out its standard output
     * @param err its standard error without the notice that the JVM prints about the Vector API
     */
    record Ended(int status, String out, String err) {}

    /** Runs Java with its usual options for Pinyon. */
    static Ended java(List<String> options, String... args) {
        return java(Map.of(), options, args);
    }

    /** The same with further variables. */
    static Ended java(Map<String, String> variables, List<String> options, String... args) {
        var command = new ArrayList<String>();
        command.add(Path.of(System.getProperty("java.home"), "bin", "java").toString());
        command.addAll(List.of("--add-modules", "jdk.incubator.vector", "-XX:+UseSerialGC", "-Xmx1g"));
        command.addAll(options);
        command.addAll(List.of(args));
        return run(command, variables);
    }

    /** Runs a program with further variables; a hanging one is ended and fails the test. */
    static Ended run(List<String> command, Map<String, String> variables) {
        try {
            Path out = Files.createTempFile("pinyon", ".out");
            Path err = Files.createTempFile("pinyon", ".err");
            try {
                var builder = new ProcessBuilder(command).redirectOutput(out.toFile()).redirectError(err.toFile());
                builder.environment().putAll(variables);
                Process process = builder.start();
                process.getOutputStream().close();
                if (!process.waitFor(SECONDS, TimeUnit.SECONDS)) {
                    process.destroyForcibly();
                    throw new AssertionError("not done after " + SECONDS + " s: " + command);
                }
                String notes = Files.readString(err).replaceAll("WARNING: Using incubator modules:.*\\R", "");
                return new Ended(process.exitValue(), Files.readString(out), notes);
            } finally {
                Files.delete(out);
                Files.delete(err);
            }
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
            throw new AssertionError("interrupted", e);
        }
    }
}
