/* SPDX-License-Identifier: Apache-2.0 */
package io.pinyon.tests;

import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.stream.IntStream;
import java.util.stream.Stream;

import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;
import tools.jackson.databind.JsonNode;
import tools.jackson.databind.ObjectMapper;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.within;
import static org.assertj.core.api.Assertions.withinPercentage;

/** Every command does its work on a model of random weights. */
class CliCommandsTest {
    private static final ObjectMapper JSON = new ObjectMapper();

    @TempDir
    static Path folder;

    private static String tiny = "";
    private static String text = "";

    @BeforeAll
    static void files() throws IOException {
        tiny = TinyModel.write(folder.resolve("tiny")).toString();
        text = Files.writeString(folder.resolve("text.txt"), "The tide came in early. ".repeat(40)).toString();
    }

    @ParameterizedTest
    @ValueSource(
            strings = {"ask", "run", "chat", "logits", "perplexity", "eval needle", "bench", "plan", "kv", "devices",
                    "info", "tokenize", "convert"})
    void helpNamesTheCommand(String command) {
        List<String> args = new ArrayList<>(List.of(command.split(" ")));
        args.add("--help");

        Cli run = Cli.run(args.toArray(String[]::new));

        assertThat(run.status()).isZero();
        assertThat(run.out()).contains("Usage: pinyon " + command).contains("--json");
        assertThat(Cli.run("--help").out()).contains("  " + command + " ");
        assertThat(run.err()).isEmpty();
    }

    @Test
    void versionIsThatOfTheBuild() {
        assertThat(Cli.run("--version").out()).matches("pinyon \\d+\\.\\d+\\.\\d+(-SNAPSHOT)?\n");
    }

    @Test
    void runPrintsTextAndNotesNumbersElsewhere() {
        Cli run = Cli.run("run", "-m", tiny, "-p", "Hello", "-n", "8");

        assertThat(run.status()).as(run.err()).isZero();
        assertThat(run.out()).endsWith("\n");
        assertThat(run.err()).contains("prompt 6 tokens").contains("generated 8 tokens").contains("peak KV");
    }

    @Test
    void runTellsAllAsOneJsonObject() {
        JsonNode json = json("run", "-m", tiny, "-p", "Hello", "-n", "8", "--json");

        assertThat(json.get("tokens").size()).isEqualTo(8);
        assertThat(json.get("usage").get("prompt_tokens").asInt()).isEqualTo(6);
        assertThat(json.get("finish_reason").asString()).isEqualTo("length");
        assertThat(json.get("kv").get("peak_bytes").asLong()).isPositive();
        assertThat(json.get("memory").get("items").size()).isPositive();
    }

    @Test
    void aSeedRepeatsARun() {
        String[] args = {"run", "-m", tiny, "-p", "Hello", "-n", "24", "--temp", "1.5", "--seed", "7", "--json"};

        assertThat(json(args).get("tokens")).isEqualTo(json(args).get("tokens"));
        args[10] = "8";
        String[] other = args.clone();
        args[10] = "7";
        assertThat(json(args).get("tokens")).isNotEqualTo(json(other).get("tokens"));
    }

    @Test
    void promptsComeFromStandardInputToo() {
        Cli run = Cli.runWithInput("Hello", "run", "-m", tiny, "-f", "-", "-n", "8", "--json");

        assertThat(JSON.readTree(run.out()).get("tokens"))
                .isEqualTo(json("run", "-m", tiny, "-p", "Hello", "-n", "8", "--json").get("tokens"));
    }

    @Test
    void askReadsADocument() {
        Cli run = Cli.runWithInput("The tide came in early.", "ask", "-m", tiny, "--context", "-", "-n", "4", "--json",
                "When?");

        JsonNode json = JSON.readTree(run.out());
        assertThat(json.get("question").asString()).isEqualTo("When?");
        assertThat(json.get("usage").get("prompt_tokens").asInt())
                .isEqualTo(1 + "The tide came in early.\nQuestion: When? Answer:".length());
        assertThat(json.get("kv").get("full_16bit_bytes").asLong()).isPositive();
    }

    @Test
    void logitsAreTheSameInPieces() throws IOException {
        String ids = IntStream.range(0, 40).mapToObj(i -> String.valueOf(i * 5)).reduce((a, b) -> a + "," + b)
                .orElseThrow();
        Path file = Files.writeString(folder.resolve("ids.json"), "[" + ids + "]");
        Path whole = folder.resolve("whole.npy");
        Path pieces = folder.resolve("pieces.npy");

        assertThat(Cli.run("logits", "-m", tiny, "--tokens", ids, "--out", whole.toString()).err()).contains("wrote");
        assertThat(Cli.run("logits", "-m", tiny, "--tokens", "@" + file, "--chunk", "7", "--out", pieces.toString())
                .err()).contains("[40, 258]");

        float[] a = npy(whole, 40, TinyModel.VOCABULARY);
        float[] b = npy(pieces, 40, TinyModel.VOCABULARY);
        for (int i = 0; i < a.length; i++) {
            assertThat(b[i]).isCloseTo(a[i], within(1e-3f));
        }
    }

    @Test
    void perplexityComparesKvMethods() {
        JsonNode full = json("perplexity", "-m", tiny, "-f", text, "--ctx", "100", "--json");
        JsonNode exact = json("perplexity", "-m", tiny, "-f", text, "--ctx", "100", "--kv", "codec=f32", "--json");
        JsonNode same = json("perplexity", "-m", tiny, "-f", text, "--ctx", "100", "--kv", "codec=f16", "--json");

        assertThat(full.get("tokens").asInt()).isEqualTo(24 * 40);
        assertThat(full.has("kl_mean")).isFalse();
        assertThat(exact.get("perplexity").asDouble()).isCloseTo(full.get("perplexity").asDouble(),
                withinPercentage(1));
        assertThat(exact.get("kl_mean").asDouble()).isBetween(1e-12, 1e-2);
        assertThat(exact.get("top1_agreement").asDouble()).isGreaterThan(0.9);
        assertThat(same.get("kl_99th_percentile").asDouble()).isLessThan(1e-6);
        assertThat(same.get("top1_agreement").asDouble()).isEqualTo(1);
    }

    @Test
    void needlesFillTheLengthAskedFor() {
        JsonNode json = json("eval", "needle", "-m", tiny, "--lengths", "256,500", "--trials", "2", "--json");

        for (String length : List.of("256", "500")) {
            JsonNode result = json.get("lengths").get(length);
            assertThat(result.get("trials").asInt()).isEqualTo(2);
            assertThat(result.get("correct").asInt()).isZero();
            for (JsonNode test : result.get("tests")) {
                assertThat(test.get("prompt_tokens").asInt()).isLessThan(Integer.parseInt(length)).isGreaterThan(100);
            }
        }
    }

    @Test
    void chatAnswersEachLine() throws IOException {
        String chatty = TinyModel.writeWithTemplate(folder.resolve("chatty"), "<|im_start|>").toString();

        Cli run = Cli.runWithInput("Hello\n\nHow are you?\n/exit\nnever read\n", "chat", "-m", chatty, "-n", "4");

        assertThat(run.status()).as(run.err()).isZero();
        assertThat(run.out()).isNotEmpty();
        assertThat(run.err()).isEmpty();
    }

    @Test
    void benchMeasuresEveryCombination() {
        String[] args = {"bench", "-m", tiny, "-p", "16,32", "-n", "4", "-pg", "8,4", "-d", "0,8", "-r", "2", "-t", "1",
                "-ctk", "f16,f32", "-o"};

        assertThat(output(args, "md").lines().filter(line -> line.startsWith("| llama"))).hasSize(16);
        assertThat(output(args, "md")).contains("pp16 |").contains("tg4 @ d8").contains("pp8+tg4")
                .contains("1 warm-up run");
        assertThat(output(args, "csv").lines()).hasSize(17);
        assertThat(output(args, "jsonl").lines().map(JSON::readTree)).hasSize(16).allSatisfy(result -> {
            assertThat(result.get("samples_ns").size()).isEqualTo(2);
            assertThat(result.get("avg_ts").asDouble()).isPositive();
            assertThat(result.get("peak_kv_bytes").asLong()).isPositive();
        });
        assertThat(JSON.readTree(output(args, "json")).size()).isEqualTo(16);
    }

    @Test
    void tokenizeGoesBothWays() {
        JsonNode json = json("tokenize", "-m", tiny, "Aé", "--json");

        assertThat(json.get("count").asInt()).isEqualTo(4);
        assertThat(json.get("ids").get(0).asInt()).isEqualTo(TinyModel.BOS);
        assertThat(Cli.run("tokenize", "-m", tiny, "--decode", "65,195,169").out()).isEqualTo("Aé\n");
        assertThat(json("tokenize", "-m", tiny, "--raw", "A", "--json").get("count").asInt()).isEqualTo(1);
    }

    @Test
    void infoDescribesTheModel() {
        JsonNode json = json("info", "-m", tiny, "--json");

        assertThat(json.get("layers").asInt()).isEqualTo(2);
        assertThat(json.get("context_length").asInt()).isEqualTo(TinyModel.CONTEXT);
        assertThat(Cli.run("info", "-m", tiny).out()).contains("llama");
    }

    @Test
    void devicesListTheScalarOne() {
        JsonNode devices = json("devices", "--json").get("devices");

        assertThat(devices.valueStream().map(device -> device.get("id").asString())).contains("scalar");
        assertThat(Cli.run("devices").out()).contains("scalar");
    }

    @Test
    void aPlanIsWhatARunBooks() {
        JsonNode plan = json("plan", "-m", tiny, "--ctx", "70", "--chunk", "64", "--device", "scalar", "--json");
        JsonNode bench = json("bench", "-m", tiny, "-p", "70", "-n", "0", "-r", "1", "--warmup", "0", "--chunk", "64",
                "--device", "scalar", "--json").get("results").get(0).get("peak_bytes_by_tier");

        assertThat(plan.get("fits").asBoolean()).isTrue();
        assertThat(plan.get("items").size()).isGreaterThan(3);
        assertThat(bench.propertyNames()).containsExactlyInAnyOrderElementsOf(
                plan.get("peak_bytes_by_tier").propertyNames());
        for (String tier : bench.propertyNames()) {
            assertThat(plan.get("peak_bytes_by_tier").get(tier).asDouble())
                    .isCloseTo(bench.get(tier).asDouble(), withinPercentage(5));
        }
    }

    @Test
    void aPlanPrintsATableAndRefusesWhatDoesNotFit() {
        Cli fits = Cli.run("plan", "-m", tiny, "--sessions", "3", "--device", "cuda", "--budget", "1GiB");
        assertThat(fits.status()).as(fits.err()).isZero();
        assertThat(fits.out()).contains("KV pages").contains("page-locked buffers").contains("total")
                .contains("Fits: ").contains("of 1.0 GiB on device");

        Cli large = Cli.run("plan", "-m", tiny, "--device", "scalar", "--budget", "700KiB");
        assertThat(large.status()).isEqualTo(4);
        assertThat(large.out()).contains("Does not fit");
        assertThat(large.err().lines()).hasSize(1);
        assertThat(large.err()).contains("PIN-MEMORY-PLAN").contains("KV pages").contains("working memory of a step");
        assertThat(Cli.run("run", "-m", tiny, "-p", "Hello", "-n", "8", "--device", "scalar", "--budget", "700KiB")
                .status()).isEqualTo(4);
    }

    @ParameterizedTest
    @ValueSource(strings = {"plan", "run", "bench", "ask"})
    void aBudgetMustBeASize(String command) {
        List<String> args = new ArrayList<>(List.of(command, "-m", tiny, "--budget", "8GB"));
        args.addAll(command.equals("run") ? List.of("-p", "x") : command.equals("ask") ? List.of("x?") : List.of());

        Cli run = Cli.run(args.toArray(String[]::new));

        assertThat(run.status()).isEqualTo(2);
        assertThat(run.err()).contains("PIN-OPTION-BUDGET").contains("the budget '8GB'");
    }

    @Test
    void whatDoesNotFitIsShrunkWhenAsked() {
        String[] plan = {"plan", "-m", tiny, "--device", "scalar", "--json"};
        long peak = json(plan).get("peak_bytes_by_tier").get("host").asLong();
        String[] limited = {"--device", "scalar", "--budget", "device=" + (peak - 1)};

        JsonNode fit = json(Stream.concat(Arrays.stream(plan), Stream.of("--fit", "--budget", "device=" + (peak - 1)))
                .toArray(String[]::new));
        Cli run = Cli.run(Stream.concat(Stream.of("run", "-m", tiny, "-p", "Hello", "-n", "4", "--kv", "auto"),
                Arrays.stream(limited)).toArray(String[]::new));

        assertThat(fit.get("fits").asBoolean()).isTrue();
        assertThat(fit.get("prefill_chunk").asInt()).isEqualTo(256);
        assertThat(fit.get("fit").get(0).get("what").asString()).isEqualTo("prefill chunk");
        assertThat(run.status()).as(run.err()).isZero();
        assertThat(run.err()).contains("fit: prefill chunk 512 -> 256: saves").contains("fit: KV codec=f16, context");
        assertThat(Cli.run("run", "-m", tiny, "-p", "Hello", "--device", "scalar", "--fit", "--budget", "1KiB")
                .status()).isEqualTo(4);
    }

    @Test
    void placesOfPagesAndSharingAreOptions() {
        JsonNode plan = json("plan", "-m", tiny, "--device", "cuda", "--kv",
                "place=tiers:device=0,host=0; codec=bf16:page=8", "--chunk", "8",
                "--kv-file", folder.resolve("pages").toString(), "--far-attention", "in-place", "--reuse", "1MiB",
                "--share-prefixes", "--budget", "device=1GiB,host=1GiB,disk=1GiB", "--json");

        assertThat(plan.get("kv").asString()).isEqualTo("codec=bf16:page=8; place=tiers:device=0,host=0");
        assertThat(plan.get("available_bytes_by_tier").propertyNames())
                .containsExactlyInAnyOrder("device", "host", "disk");
        assertThat(plan.get("peak_bytes_by_tier").propertyNames()).contains("device", "host", "disk");
        assertThat(plan.get("remedies").size()).isZero();
        assertThat(Cli.run("plan", "-m", tiny, "--device", "cpu", "--budget", "device=1GiB,host=1GiB").err())
                .contains("PIN-OPTION-BUDGET");
        assertThat(Cli.run("plan", "-m", tiny, "--far-attention", "sideways").status()).isEqualTo(2);
    }

    private static JsonNode json(String... args) {
        Cli run = Cli.run(args);
        assertThat(run.status()).as(run.err()).isZero();
        assertThat(run.out().lines()).hasSize(1);
        return JSON.readTree(run.out());
    }

    private static String output(String[] args, String format) {
        String[] all = Arrays.copyOf(args, args.length + 1);
        all[args.length] = format;
        Cli run = Cli.run(all);
        assertThat(run.status()).as(run.err()).isZero();
        return run.out();
    }

    private static float[] npy(Path file, int rows, int columns) throws IOException {
        ByteBuffer bytes = ByteBuffer.wrap(Files.readAllBytes(file)).order(ByteOrder.LITTLE_ENDIAN);
        assertThat(new String(bytes.array(), 1, 5, StandardCharsets.US_ASCII)).isEqualTo("NUMPY");
        int data = 10 + bytes.getShort(8);
        assertThat(data % 64).isZero();
        assertThat(new String(bytes.array(), 10, data - 10, StandardCharsets.US_ASCII)).contains("'<f4'")
                .contains("(" + rows + ", " + columns + ")");
        float[] values = new float[rows * columns];
        bytes.position(data).slice().order(ByteOrder.LITTLE_ENDIAN).asFloatBuffer().get(values);
        assertThat(bytes.capacity()).isEqualTo(data + 4 * values.length);
        return values;
    }
}
