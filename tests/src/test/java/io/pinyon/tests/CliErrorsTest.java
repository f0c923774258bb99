/* SPDX-License-Identifier: Apache-2.0 */
package io.pinyon.tests;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Arrays;

import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

import static org.assertj.core.api.Assertions.assertThat;

/** Whatever users get wrong is one line with a code, and the exit status of its kind. */
class CliErrorsTest {
    @TempDir
    static Path folder;

    @BeforeAll
    static void files() throws IOException {
        TinyModel.write(folder.resolve("tiny"));
        Files.write(folder.resolve("short.gguf"), new byte[]{'G', 'G', 'U', 'F', 3, 0, 0, 0, 1});
        Files.writeString(folder.resolve("text.gguf"), "this is no model file, but long enough for a header");
        Files.writeString(folder.resolve("text.txt"), "some text");
        Files.write(folder.resolve("empty.txt"), new byte[0]);
        Files.write(folder.resolve("latin1.txt"), new byte[]{'a', (byte) 0xe9, 'b'});
        Files.writeString(folder.resolve("ids.json"), "[1, 2, \"three\"]");
        Files.writeString(folder.resolve("object.json"), "{\"ids\": [1]}");
        Files.writeString(folder.resolve("cut.json"), "[1, 2");
        Path noWeights = Files.createDirectory(folder.resolve("no-weights"));
        Files.copy(folder.resolve("tiny/config.json"), noWeights.resolve("config.json"));
        Files.createDirectory(folder.resolve("nothing"));
        Path cut = TinyModel.write(folder.resolve("cut"));
        byte[] weights = Files.readAllBytes(cut.resolve("model.safetensors"));
        Files.write(cut.resolve("model.safetensors"), Arrays.copyOf(weights, weights.length - 1000));
    }

    @ParameterizedTest(name = "{0}")
    @CsvSource(delimiter = '|', quoteCharacter = '`', textBlock = """
            nosuch                                              | 2 | PIN-USAGE
            --nosuch                                            | 2 | PIN-USAGE
            eval                                                | 2 | PIN-USAGE
            eval ruler                                          | 2 | PIN-USAGE
            help nosuch                                         | 2 | PIN-USAGE
            run                                                 | 2 | PIN-USAGE
            run -m {tiny}                                       | 2 | PIN-USAGE
            run -m {tiny} -p x -f y                             | 2 | PIN-USAGE
            run -m {tiny} -p x --nosuch                         | 2 | PIN-USAGE
            run -m {tiny} -p x -n                               | 2 | PIN-USAGE
            run -m {tiny} -p x -n many                          | 2 | PIN-USAGE
            run -m {tiny} -p x -n 99999999999                   | 2 | PIN-USAGE
            run -m {tiny} -p x -n 0                             | 2 | PIN-USAGE
            run -m {tiny} -p x -n -1                            | 2 | PIN-USAGE
            run -m {tiny} -p x --temp NaN                       | 2 | PIN-USAGE
            run -m {tiny} -p x --temp -1                        | 2 | PIN-USAGE
            run -m {tiny} -p x --top-p 1.5                      | 2 | PIN-USAGE
            run -m {tiny} -p x --threads 0                      | 2 | PIN-USAGE
            run -m {tiny} -p x --threads 1000000                | 2 | PIN-USAGE
            run -m {tiny} -p x --chunk 0                        | 2 | PIN-USAGE
            run -m {tiny} -p x --ctx -5                         | 2 | PIN-USAGE
            run -m {tiny} -p x --ctx 2000000000                 | 2 | PIN-OPTION-CONTEXT
            run -m {tiny} -p x --kv nosuch                      | 2 | PIN-KV-UNSUPPORTED
            run -m {tiny} -p x --kv codec=                      | 2 | PIN-KV-SYNTAX
            run -m {tiny} -p x --kv axis=f16                    | 2 | PIN-KV-AXIS
            run -m {tiny} -p x --kv codec=f16:page=3            | 2 | PIN-KV-LAYOUT
            run -m {tiny} -p x --kv retain=snapkv:budget=64     | 2 | PIN-KV-UNSUPPORTED
            run -m {tiny} -p x --device gpu                     | 2 | PIN-DEVICE-UNKNOWN
            run -m {tiny} -p x --device cpu:x                   | 2 | PIN-DEVICE-INDEX
            run -m {tiny} -p x --device scalar:7                | 5 | PIN-DEVICE-UNUSABLE
            run -m {tiny} -p x --compute f16                    | 2 | PIN-USAGE
            run -m {tiny} -p x --cuda-bridge panama             | 2 | PIN-USAGE
            bench -m {tiny} --compute fast                      | 2 | PIN-USAGE
            run -m nosuch -p x                                  | 3 | PIN-MODEL-NOTFOUND
            run -m {folder}/nosuch.gguf -p x                    | 3 | PIN-MODEL-NOTFOUND
            run -m {folder}/short.gguf -p x                     | 3 | PIN-GGUF-TRUNCATED
            run -m {folder}/nothing -p x                        | 3 |
            run -m {folder}/text.gguf -p x                      | 3 |
            run -m {folder}/no-weights -p x                     | 3 |
            run -m {folder}/cut -p x                            | 3 |
            info -m {folder}/short.gguf                         | 3 | PIN-GGUF-TRUNCATED
            info -m nosuch                                      | 3 | PIN-MODEL-NOTFOUND
            run -m {tiny} -f {folder}/nosuch.txt                | 3 | PIN-FILE-MISSING
            run -m {tiny} -f {folder}                           | 3 | PIN-FILE-UNREADABLE
            run -m {tiny} -f {folder}/latin1.txt                | 3 | PIN-FILE-ENCODING
            ask -m {tiny} --context {folder}/nosuch.txt What?   | 3 | PIN-FILE-MISSING
            ask -m {tiny}                                       | 2 | PIN-USAGE
            chat -m {tiny}                                      | 2 | PIN-CHAT-TEMPLATE
            chat -m {tiny} --json                               | 2 | PIN-USAGE
            logits -m {tiny} --tokens 1                         | 2 | PIN-USAGE
            logits -m {tiny} --tokens 1,x --out {out}           | 2 | PIN-USAGE
            logits -m {tiny} --tokens 1,,2 --out {out}          | 2 | PIN-USAGE
            logits -m {tiny} --tokens 258 --out {out}           | 2 | PIN-TOKENS-RANGE
            logits -m {tiny} --tokens -1 --out {out}            | 2 | PIN-TOKENS-RANGE
            logits -m {tiny} --tokens 1 --out {folder}          | 1 | PIN-IO-WRITE
            logits -m {tiny} --tokens 1 --out {folder}/no/x.npy | 1 | PIN-IO-WRITE
            logits -m {tiny} --tokens @{folder}/ids.json --out {out}    | 3 | PIN-TOKENS-FILE
            logits -m {tiny} --tokens @{folder}/object.json --out {out} | 3 | PIN-TOKENS-FILE
            logits -m {tiny} --tokens @{folder}/cut.json --out {out}    | 3 | PIN-TOKENS-FILE
            logits -m {tiny} --tokens @{folder}/none.json --out {out}   | 3 | PIN-FILE-MISSING
            perplexity -m {tiny} -f {folder}/empty.txt          | 2 | PIN-PROMPT-EMPTY
            perplexity -m {tiny} -f {folder}/text.txt --ctx 1   | 2 | PIN-USAGE
            perplexity -m {tiny}                                | 2 | PIN-USAGE
            eval needle -m {tiny} --lengths 100000              | 2 | PIN-USAGE
            eval needle -m {tiny} --lengths 64 --trials 1       | 2 | PIN-USAGE
            eval needle -m {tiny} --depths 2                    | 2 | PIN-USAGE
            eval needle -m {tiny} --trials 0                    | 2 | PIN-USAGE
            bench -m {tiny} -p x                                | 2 | PIN-USAGE
            bench -m {tiny} -p 0 -n 0                           | 2 | PIN-USAGE
            bench -m {tiny} -pg 5                               | 2 | PIN-USAGE
            bench -m {tiny} -o xml                              | 2 | PIN-USAGE
            bench -m {tiny} -ctk q4_0 -p 8 -n 0                 | 2 | PIN-KV-UNSUPPORTED
            bench -m {tiny} -p 100000 -n 0                      | 2 | PIN-OPTION-CONTEXT
            tokenize -m {tiny}                                  | 2 | PIN-USAGE
            tokenize -m {tiny} --decode 999                     | 2 | PIN-TOKENS-RANGE
            tokenize -m {tiny} text --decode 1                  | 2 | PIN-USAGE
            """)
    void oneLineWithACode(String line, int status, String code) {
        Cli run = Cli.run(arguments(line));

        assertThat(run.status()).as(run.err()).isEqualTo(status);
        assertThat(run.err()).startsWith("pinyon: " + (code == null ? "PIN-" : code + ": ")).contains("; ");
        assertThat(run.err().lines()).hasSize(1);
        assertThat(run.out()).isEmpty();
    }

    @Test
    void errorsNameTheOffendingValue() {
        assertThat(Cli.run("run", "-m", "nosuch-model", "-p", "x").err()).contains("nosuch-model");
        assertThat(Cli.run("run", "-p", "x", "--kv", "codec=zip9").err()).contains("PIN-");
        assertThat(Cli.run(arguments("run -m {tiny} -p x --kv codec=zip9")).err()).contains("zip9");
        assertThat(Cli.run(arguments("run -m {tiny} -p x --ctx 700")).err()).contains("700").contains("512");
    }

    @Test
    void promptsThatDoNotFitAreRefusedWithBothNumbers() throws IOException {
        Path longText = Files.writeString(folder.resolve("long.txt"), "word ".repeat(1000));

        Cli run = Cli.run("run", "-m", folder.resolve("tiny").toString(), "-f", longText.toString());

        assertThat(run.status()).isEqualTo(2);
        assertThat(run.err()).contains("PIN-PROMPT-TOOLONG").contains("5001").contains("512");
    }

    @Test
    void stackTracesAppearOnDemandOnly() {
        assertThat(Cli.run("run", "-m", "nosuch", "-p", "x", "--debug").err()).contains("\tat io.pinyon.");
        assertThat(Cli.run("run", "-m", "nosuch", "-p", "x").err()).doesNotContain("\tat ");
    }

    @Test
    void aFailedRunLeavesNoFile() throws IOException {
        Path out = Files.createDirectory(folder.resolve("results"));

        Cli.run("logits", "-m", folder.resolve("tiny").toString(), "--tokens", "1,2", "--kv", "codec=zip9", "--out",
                out.resolve("x.npy").toString());

        assertThat(out).isEmptyDirectory();
    }

    private static String[] arguments(String line) {
        return Arrays.stream(line.split(" +")).map(part -> part
                .replace("{tiny}", folder.resolve("tiny").toString())
                .replace("{folder}", folder.toString())
                .replace("{out}", folder.resolve("out.npy").toString())).toArray(String[]::new);
    }
}
