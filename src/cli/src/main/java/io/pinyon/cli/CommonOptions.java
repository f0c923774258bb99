package io.pinyon.cli;

import picocli.CommandLine.Option;

/** Options of every command. */
final class CommonOptions {
    @Option(names = "--json", description = "Print one JSON object on standard output.")
    private boolean json;

    @Option(names = "--debug", description = "Print the stack trace of an error.")
    private boolean debug;

    @Option(names = {"-h", "--help"}, usageHelp = true, description = "Show this help.")
    private boolean help;

    boolean json() {
        return json;
    }
}
