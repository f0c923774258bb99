/* SPDX-License-Identifier: Apache-2.0 */
package io.pinyon.cli;

import java.nio.file.Path;
import java.util.LinkedHashMap;

import io.pinyon.Model;
import io.pinyon.Session;
import io.pinyon.SessionOptions;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Option;

/**
 * The scores of every next token after every token of a sequence, as a NumPy file. They are there to be compared with
 * other implementations, so the cache is exact unless asked otherwise.
 */
@Command(description = "Write the logits of a token sequence as a .npy file.")
final class LogitsCommand implements Subcommand {
    @Mixin
    private CommonOptions common = new CommonOptions();

    @Mixin
    private ModelArguments model = new ModelArguments();

    @Option(names = "--kv", paramLabel = "SPEC", defaultValue = "codec=f32",
            description = "KV method, see pinyon kv (${DEFAULT-VALUE}, which is exact).")
    private String kv = "";

    @Option(names = "--tokens", paramLabel = "IDS", required = true,
            description = "Token ids as 1,2,3, or @FILE with a JSON array.")
    private String tokens = "";

    @Option(names = "--out", paramLabel = "FILE", required = true,
            description = "Where to write float32 [tokens, vocabulary].")
    private Path out = Path.of("");

    @Override
    public void run(Console console) {
        try (Model loaded = model.load(console)) {
            int vocabulary = loaded.info().vocabularySize();
            int[] ids = TokenIds.read("--tokens", tokens, vocabulary, console);
            try (Session session = loaded.session(SessionOptions.defaults().withKv(kv));
                    Progress progress = console.progress("logits");
                    NpyFile file = NpyFile.create(out, ids.length, vocabulary)) {
                session.logits(ids, (firstRow, rows, logits) -> {
                    file.append(logits, rows);
                    progress.update(firstRow + rows, ids.length, "");
                });
                file.finish();
            }
            if (common.json()) {
                var json = new LinkedHashMap<String, Object>();
                json.put("file", out.toString());
                json.put("tokens", ids.length);
                json.put("vocabulary", vocabulary);
                console.json(json);
            } else {
                console.note("wrote " + out + ": float32 [" + ids.length + ", " + vocabulary + "]");
            }
        }
    }
}
