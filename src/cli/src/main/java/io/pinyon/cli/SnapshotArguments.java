/* SPDX-License-Identifier: Apache-2.0 */
package io.pinyon.cli;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.InvalidPathException;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.stream.Collectors;

import io.pinyon.Model;
import io.pinyon.Session;
import io.pinyon.SessionOptions;
import io.pinyon.error.EngineException;
import io.pinyon.error.ModelFileException;
import io.pinyon.error.UsageException;
import io.pinyon.memory.Bytes;
import org.jspecify.annotations.Nullable;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Option;
import picocli.CommandLine.Spec;

/** From which file a session comes, and to which it goes. */
final class SnapshotArguments {
    @Option(names = "--load", paramLabel = "FILE", description = "Continue a session that was saved; see below.")
    private @Nullable String load;

    @Option(names = "--save", paramLabel = "FILE", description = "Save the session; see below.")
    private @Nullable String save;

    @Spec(Spec.Target.MIXEE)
    private @Nullable CommandSpec command;

    private final List<Transfer> done = new ArrayList<>();

    /** What was saved or loaded. */
    private record Transfer(String what, String way, Path file, int tokens, long bytes, Duration time) {
        String line() {
            return String.format(Locale.ROOT, "%s %,d tokens, %s, %s %s in %s", what, tokens, Bytes.format(bytes), way,
                    file, Reports.seconds(time));
        }

        Map<String, Object> json() {
            var json = new LinkedHashMap<String, Object>();
            json.put("file", file.toString());
            json.put("tokens", tokens);
            json.put("bytes", bytes);
            json.put("seconds", time.toNanos() / 1e9);
            return json;
        }
    }

    boolean loads() {
        return load != null;
    }

    boolean saves() {
        return save != null;
    }

    /**
     * Refuses files that cannot be read or written, before there is work that would be lost.
     *
     * @throws ModelFileException {@code PIN-FILE-MISSING}
     * @throws EngineException {@code PIN-IO-WRITE}
     */
    void check() {
        if (load != null && !Files.exists(path("--load", load))) {
            throw new ModelFileException("PIN-FILE-MISSING", "there is no file " + load, "check the path");
        }
        if (save != null) {
            Path folder = path("--save", save).toAbsolutePath().getParent();
            if (folder == null || !Files.isWritable(folder) || Files.isDirectory(path("--save", save))) {
                throw new EngineException("PIN-IO-WRITE", save + " cannot be written: "
                        + (folder != null && Files.exists(folder)
                                ? "it or its folder is not writable"
                                : "no such folder"),
                        "choose another place");
            }
        }
    }

    /** A new session, or the saved one; the codec counts as asked for only if {@code --kv} was given. */
    Session open(Model model, SessionOptions asked) {
        if (load == null) {
            return model.session(asked);
        }
        Path file = path("--load", load);
        SessionOptions options = given("--kv") ? asked : asked.withKv(withoutCodec(asked.kv()));
        long start = System.nanoTime();
        Session session = model.open(file, options);
        done.add(transfer("loaded", "from", file, session, start));
        return session;
    }

    /** What other axes say, for example a place that was fitted to the memory. */
    private static String withoutCodec(String kv) {
        return Arrays.stream(kv.split(";")).map(String::strip)
                .filter(axis -> axis.contains("=") && !axis.startsWith("codec")).collect(Collectors.joining("; "));
    }

    private boolean given(String option) {
        return command != null && command.commandLine().getParseResult().hasMatchedOption(option);
    }

    /** Saves a session if that was asked for. */
    void saveIfAsked(Session session, String note) {
        if (save != null) {
            Path file = path("--save", save);
            long start = System.nanoTime();
            session.save(file, note);
            done.add(transfer("saved", "to", file, session, start));
        }
    }

    private static Transfer transfer(String what, String way, Path file, Session session, long start) {
        Duration time = Duration.ofNanos(System.nanoTime() - start);
        try {
            return new Transfer(what, way, file, session.length(), Files.size(file), time);
        } catch (IOException e) {
            throw new ModelFileException("PIN-FILE-UNREADABLE", "file " + file + " is gone: " + e.getMessage(),
                    "leave it where it is", e);
        }
    }

    /** Texts that a command has left in the file that a session was loaded from. */
    List<String> texts(String kind, Session session) {
        return SnapshotNote.read(kind, String.valueOf(load), session.note());
    }

    /** Says what was saved and loaded. */
    void note(Console console) {
        done.forEach(transfer -> console.note(transfer.line()));
    }

    /** Says what was saved and loaded. */
    void report(Map<String, Object> json) {
        done.forEach(transfer -> json.put(transfer.what(), transfer.json()));
    }

    private static Path path(String option, String name) {
        try {
            return Path.of(name);
        } catch (InvalidPathException e) {
            throw new UsageException("PIN-USAGE", option + " is '" + name + "', which is no file name",
                    "give a path", e);
        }
    }
}
