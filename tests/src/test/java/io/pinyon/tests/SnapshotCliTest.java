/* SPDX-License-Identifier: Apache-2.0 */
package io.pinyon.tests;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.stream.IntStream;

import io.pinyon.GenerateOptions;
import io.pinyon.Model;
import io.pinyon.Pinyon;
import io.pinyon.Session;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import tools.jackson.databind.JsonNode;
import tools.jackson.databind.ObjectMapper;

import static org.assertj.core.api.Assertions.assertThat;
import static org.junit.jupiter.api.Assumptions.assumeTrue;

/** Sessions that one command saves and another continues. */
class SnapshotCliTest {
    private static final ObjectMapper JSON = new ObjectMapper();

    @TempDir
    static Path folder;

    private static Path tiny = Path.of("");

    @BeforeAll
    static void model() {
        tiny = TinyModel.write(folder.resolve("tiny"));
    }

    private static String path(String name) {
        return folder.resolve(name).toString();
    }

    private static JsonNode json(String... args) {
        Cli run = Cli.run(args);
        assertThat(run.status()).as(run.err()).isZero();
        return JSON.readTree(run.out());
    }

    private static List<Integer> ids(JsonNode json) {
        return json.get("tokens").valueStream().map(JsonNode::asInt).toList();
    }

    @Test
    void runGoesOnWhereItEnded() throws IOException {
        String file = path("run.kv");
        GenerateOptions options = GenerateOptions.builder().maxTokens(8).build();

        JsonNode first = json("run", "-m", tiny.toString(), "-p", "Hello", "-n", "8", "--save", file, "--json");
        JsonNode second = json("run", "-m", tiny.toString(), "-p", "World", "-n", "8", "--load", file, "--json");

        try (Model model = Pinyon.load(tiny); Session session = model.session()) {
            assertThat(ids(first)).isEqualTo(session.generate("Hello", options).tokens());
            assertThat(ids(second)).isEqualTo(session.generate("World", options).tokens());
        }
        assertThat(first.get("saved").get("tokens").asInt()).isEqualTo(6 + 8);
        assertThat(first.get("saved").get("bytes").asLong()).isEqualTo(Files.size(Path.of(file)));
        assertThat(first.get("saved").get("seconds").asDouble()).isPositive();
        assertThat(first.get("saved").get("file").asString()).isEqualTo(file);
        assertThat(first.has("loaded")).isFalse();
        assertThat(second.get("loaded").get("tokens").asInt()).isEqualTo(6 + 8);
        assertThat(second.get("usage").get("prompt_tokens").asInt()).isEqualTo(5);
        Cli again = Cli.run("run", "-m", tiny.toString(), "-p", "World", "-n", "8", "--load", file);
        assertThat(again.out()).isEqualTo(second.get("text").asString() + "\n");
        assertThat(again.err()).contains("loaded 14 tokens").contains(file);
    }

    @Test
    void askKeepsTheDocument() {
        String file = path("ask.kv");
        String document = "The tide came in early. ".repeat(12);
        String[] plain = {"ask", "-m", tiny.toString(), "--context", "-", "-n", "6", "--json", "When?"};
        String[] saving = {"ask", "-m", tiny.toString(), "--context", "-", "-n", "6", "--json", "When?", "--save",
                file};

        JsonNode expected = JSON.readTree(Cli.runWithInput(document, plain).out());
        JsonNode saved = JSON.readTree(Cli.runWithInput(document, saving).out());
        JsonNode same = json("ask", "-m", tiny.toString(), "-n", "6", "--json", "When?", "--load", file);
        JsonNode other = json("ask", "-m", tiny.toString(), "-n", "6", "--json", "Where then?", "--load", file);

        assertThat(ids(saved)).isEqualTo(ids(expected)).isEqualTo(ids(same));
        int prompt = 1 + (document + "\nQuestion: When? Answer:").length();
        int kept = saved.get("saved").get("tokens").asInt();
        assertThat(kept).isEqualTo(1 + document.length() + 1);
        assertThat(saved.get("usage").get("prompt_tokens").asInt()).isEqualTo(prompt);
        assertThat(same.get("usage").get("prompt_tokens").asInt()).isEqualTo(prompt - kept);
        assertThat(other.get("loaded").get("tokens").asInt()).isEqualTo(kept);
        assertThat(other.get("answer")).isNotNull();
    }

    @Test
    void chatRemembersTheConversation() throws IOException {
        String chatty = TinyModel.writeWithTemplate(folder.resolve("chatty"), "<|im_start|>").toString();
        String file = path("chat.kv");
        String[] plain = {"chat", "-m", chatty, "-n", "4"};

        String whole = Cli.runWithInput("Hello\nHow are you?\n", plain).out();
        Cli first = Cli.runWithInput("Hello\n/exit\n", "chat", "-m", chatty, "-n", "4", "--save", file);
        Cli second = Cli.runWithInput("How are you?\n", "chat", "-m", chatty, "-n", "4", "--load", file);

        assertThat(first.status()).as(first.err()).isZero();
        assertThat(second.status()).as(second.err()).isZero();
        assertThat(first.out() + second.out()).isEqualTo(whole);
        assertThat(first.err()).contains("saved ");
        assertThat(second.err()).contains("loaded ");
        assertThat(Cli.run("ask", "-m", chatty, "--load", file, "What?").err()).contains("PIN-USAGE")
                .contains("not saved by pinyon ask");
    }

    @ParameterizedTest(name = "{0}")
    @CsvSource(delimiter = '|', textBlock = """
            run -m {tiny} -p x --load {folder}/none                      | 3 | PIN-FILE-MISSING
            run -m {tiny} -p x --load {folder}                           | 3 | PIN-FILE-DIRECTORY
            run -m {tiny} -p x --load {tiny}/config.json                 | 3 | PIN-SNAPSHOT-FORMAT
            run -m {tiny} -p x --load {folder}/some.kv --kv codec=f32    | 2 | PIN-SNAPSHOT-SPEC
            run -m {tiny} -p x --load {folder}/some.kv --ctx 3           | 2 | PIN-OPTION-CONTEXT
            run -m {tiny} -p x --save {folder}                           | 1 | PIN-IO-WRITE
            run -m {tiny} -p x --save {folder}/none/x.kv                 | 1 | PIN-IO-WRITE
            ask -m {tiny} What? --load {folder}/some.kv                  | 2 | PIN-USAGE
            ask -m {tiny} What? --load {folder}/some.kv --context {tiny} | 2 | PIN-USAGE
            chat -m {tiny} --system Hi --load {folder}/some.kv           | 2 | PIN-USAGE
            """)
    void whatCannotBeIsOneLine(String line, int status, String code) {
        if (Files.notExists(folder.resolve("some.kv"))) {
            json("run", "-m", tiny.toString(), "-p", "Hello", "-n", "2", "--save", path("some.kv"), "--json");
        }

        Cli run = Cli.run(line.replace("{tiny}", tiny.toString()).replace("{folder}", folder.toString()).split(" +"));

        assertThat(run.status()).as(run.err()).isEqualTo(status);
        assertThat(run.err()).startsWith("pinyon: " + code + ": ");
        assertThat(run.err().lines()).hasSize(1);
        assertThat(run.out()).isEmpty();
    }

    @Test
    void anotherProcessAnswersFromTheBundledLogbook() throws IOException {
        Path root = Path.of(System.getProperty("pinyon.root"));
        assumeTrue(Files.exists(root.resolve("models/harbour-14m-q8_0.gguf")), "the bundled model is not there");
        String file = path("logbook.kv");
        List<String> lines = Files.readAllLines(root.resolve("models/sample/logbook.txt"));
        JsonNode questions = JSON.readTree(Files.readString(root.resolve("models/sample/questions.json")));
        JsonNode asked = questions.get(0);
        int fact = IntStream.range(0, lines.size())
                .filter(i -> lines.get(i).contains(asked.get("answer").asString())).findFirst().orElseThrow();
        String document = String.join("\n", lines.subList(Math.max(0, fact - 20), Math.min(lines.size(), fact + 20)));
        Path text = Files.writeString(folder.resolve("logbook.txt"), document);
        List<String> java = List.of("-Dpinyon.home=" + root, "-jar", System.getProperty("pinyon.jar"), "ask", "--json",
                "--device", "cpu", "-t", "2");

        JsonNode saved = process(java, "--context", text.toString(), "--save", file,
                asked.get("question").asString());
        JsonNode loaded = process(java, "--load", file, asked.get("question").asString());

        assertThat(loaded.get("answer").asString()).isEqualTo(asked.get("answer").asString() + ".");
        assertThat(ids(loaded)).isEqualTo(ids(saved));
        int kept = saved.get("saved").get("tokens").asInt();
        assertThat(kept).isGreaterThan(300);
        assertThat(loaded.get("loaded").get("tokens").asInt()).isEqualTo(kept);
        assertThat(loaded.get("usage").get("prompt_tokens").asInt())
                .isEqualTo(saved.get("usage").get("prompt_tokens").asInt() - kept);
    }

    private static JsonNode process(List<String> java, String... args) {
        Processes.Ended ended = Processes.java(java, args);
        assertThat(ended.status()).as(ended.err()).isZero();
        return JSON.readTree(ended.out());
    }
}
