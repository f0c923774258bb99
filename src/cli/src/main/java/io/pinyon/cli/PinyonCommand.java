/* SPDX-License-Identifier: Apache-2.0 */
package io.pinyon.cli;

import java.util.Arrays;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.function.Supplier;
import java.util.stream.Collectors;

import io.pinyon.error.PinyonException;
import io.pinyon.error.UsageException;
import picocli.CommandLine;
import picocli.CommandLine.Command;
import picocli.CommandLine.Help.Ansi;
import picocli.CommandLine.Model.OptionSpec;
import picocli.CommandLine.ParameterException;

/** The command {@code pinyon}: finds the subcommand, of which it creates only this one, and reports how it ended. */
final class PinyonCommand {
    private static final Map<String, Entry> COMMANDS = new LinkedHashMap<>();

    static {
        register("ask", AskCommand.class, AskCommand::new);
        register("run", RunCommand.class, RunCommand::new);
        register("chat", ChatCommand.class, ChatCommand::new);
        register("logits", LogitsCommand.class, LogitsCommand::new);
        register("perplexity", PerplexityCommand.class, PerplexityCommand::new);
        register("eval needle", EvalNeedleCommand.class, EvalNeedleCommand::new);
        register("bench", BenchCommand.class, BenchCommand::new);
        register("plan", PlanCommand.class, PlanCommand::new);
        register("kv", KvCommand.class, KvCommand::new);
        register("devices", DevicesCommand.class, DevicesCommand::new);
        register("info", InfoCommand.class, InfoCommand::new);
        register("tokenize", TokenizeCommand.class, TokenizeCommand::new);
        register("convert", ConvertCommand.class, ConvertCommand::new);
    }

    private static final String DEBUG = "--debug";

    private final Console console;

    PinyonCommand(Console console) {
        this.console = console;
    }

    private record Entry(Class<? extends Subcommand> type, Supplier<? extends Subcommand> create) {
        String description() {
            return type.getAnnotation(Command.class).description()[0];
        }
    }

    private static <T extends Subcommand> void register(String name, Class<T> type, Supplier<T> create) {
        COMMANDS.put(name, new Entry(type, create));
    }

    /** Names of all commands. */
    static List<String> names() {
        return List.copyOf(COMMANDS.keySet());
    }

    /** Runs one command line and returns its exit status. */
    int run(String... args) {
        try {
            dispatch(args);
            return Failures.OK;
        } catch (Console.ReaderGone _) {
            return Failures.OK;
        } catch (Throwable error) {
            PinyonException coded = Failures.coded(error);
            console.note(Failures.line(coded));
            if (Arrays.asList(args).contains(DEBUG)) {
                console.trace(error);
            }
            return Failures.exitStatus(coded);
        }
    }

    private void dispatch(String[] args) {
        List<String> words = List.of(args);
        String first = words.isEmpty() ? "help" : words.getFirst();
        switch (first) {
            case "-h", "--help" -> overview();
            case "-V", "--version", "version" -> console.line("pinyon " + Version.text());
            case "help" -> help(words.subList(Math.min(1, words.size()), words.size()));
            default -> execute(words);
        }
    }

    private void help(List<String> words) {
        if (words.isEmpty()) {
            overview();
        } else {
            String name = commandAt(words).orElseThrow(() -> unknown(words));
            console.text(parser(name, COMMANDS.get(name).create().get()).getUsageMessage(Ansi.OFF));
        }
    }

    private void execute(List<String> words) {
        String name = commandAt(words).orElseThrow(() -> unknown(words));
        Subcommand command = COMMANDS.get(name).create().get();
        CommandLine parser = parser(name, command);
        int nameWords = name.split(" ").length;
        try {
            CommandLine.ParseResult parsed = parser.parseArgs(words.stream().skip(nameWords).toArray(String[]::new));
            if (parsed.isUsageHelpRequested()) {
                console.text(parser.getUsageMessage(Ansi.OFF));
                return;
            }
        } catch (ParameterException e) {
            throw new UsageException("PIN-USAGE", String.valueOf(e.getMessage()).replaceFirst("^Error: ", ""),
                    "see pinyon " + name + " --help", e);
        }
        command.run(console);
    }

    private static CommandLine parser(String name, Subcommand command) {
        var parser = new CommandLine(command);
        parser.getCommandSpec()
                .addOption(
                        OptionSpec.builder(DEBUG).type(boolean.class).description("Print the stack trace of an error.")
                                .build())
                .addOption(OptionSpec.builder("-h", "--help").type(boolean.class).usageHelp(true)
                        .description("Show this help.").build());
        parser.getCommandSpec().usageMessage().sortOptions(false).sortSynopsis(false);
        return parser
                .setCommandName("pinyon " + name)
                .setExpandAtFiles(false)
                .setPosixClusteredShortOptionsAllowed(false)
                .setCaseInsensitiveEnumValuesAllowed(true)
                .setUsageHelpWidth(100);
    }

    /** The command that the line begins with; names may have two words. */
    private static Optional<String> commandAt(List<String> words) {
        return names().stream()
                .filter(name -> {
                    List<String> wanted = List.of(name.split(" "));
                    return words.size() >= wanted.size() && words.subList(0, wanted.size()).equals(wanted);
                })
                .findFirst();
    }

    private static UsageException unknown(List<String> words) {
        String first = words.getFirst();
        List<String> longer = names().stream().filter(name -> name.startsWith(first + " ")).toList();
        if (!longer.isEmpty()) {
            String problem = words.size() == 1 || words.get(1).startsWith("-")
                    ? first + " needs the name of an evaluation"
                    : "there is no command " + first + " " + words.get(1);
            return new UsageException("PIN-USAGE", problem, "use " + longer.stream()
                    .map(name -> "pinyon " + name).collect(Collectors.joining(" or ")));
        }
        String kind = first.startsWith("-") ? "option " : "command ";
        return new UsageException("PIN-USAGE", "there is no " + kind + first,
                "commands are " + String.join(", ", names()));
    }

    private void overview() {
        var text = new StringBuilder("""
                pinyon: memory-efficient LLM inference for the JVM

                Usage: pinyon COMMAND [OPTIONS]

                Commands:
                """);
        COMMANDS.forEach((name, entry) -> text.append(String.format("  %-13s%s%n", name, entry.description())));
        text.append("""

                pinyon COMMAND --help shows the options of a command. MODEL is a GGUF file, a Hugging Face directory
                or the name of a bundled model. Exit status: 0 done, 2 usage, 3 bad model or input file, 4 does not
                fit in memory, 5 device not usable, 1 anything else.
                """);
        console.text(text.toString());
    }
}
