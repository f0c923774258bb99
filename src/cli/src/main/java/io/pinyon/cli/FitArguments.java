/* SPDX-License-Identifier: Apache-2.0 */
package io.pinyon.cli;

import java.util.LinkedHashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Optional;

import io.pinyon.Fit;
import io.pinyon.Pinyon;
import picocli.CommandLine.Option;

/** Whether to shrink what does not fit. */
final class FitArguments {
    private static final String AUTO = "auto";

    @Option(names = "--fit",
            description = "Give up, one after the other, until it fits: prefill chunk, 32-bit KV, KV on the device, "
                    + "context. So does --kv auto.")
    private boolean fit;

    /** Whether {@code --fit} was given, or a KV specification that asks for it. */
    boolean asked(String kv) {
        return fit || kv.strip().toLowerCase(Locale.ROOT).equals(AUTO);
    }

    /** Options that fit, if that is asked for; says what was given up. */
    Optional<Fit> fit(Console console, ModelArguments model, KvArguments kv, int sessions) {
        if (!asked(kv.spec())) {
            return Optional.empty();
        }
        Fit found = Pinyon.fit(model.path(), model.options(), kv.options(), sessions);
        note(console, found);
        return Optional.of(found);
    }

    /** One line for each thing that was given up, and one for what is left. */
    static void note(Console console, Fit fit) {
        fit.changes().forEach(change -> console.note("fit: " + change));
        console.note("fit: KV " + fit.plan().kv() + ", context " + fit.plan().contextLength() + ", prefill chunk "
                + fit.plan().prefillChunk());
    }

    /** What was given up. */
    static List<Map<String, Object>> json(Fit fit) {
        return fit.changes().stream().map(change -> {
            Map<String, Object> row = new LinkedHashMap<>();
            row.put("what", change.what());
            row.put("before", change.before());
            row.put("after", change.after());
            row.put("effect", change.effect());
            return row;
        }).toList();
    }
}
