/* SPDX-License-Identifier: Apache-2.0 */
package io.pinyon.tests;

import java.io.File;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;

import io.pinyon.GenerateOptions;
import io.pinyon.Model;
import io.pinyon.ModelOptions;
import io.pinyon.Session;
import io.pinyon.SessionOptions;
import io.pinyon.cli.needle.Needle;
import io.pinyon.cli.needle.NeedleFit;
import io.pinyon.memory.Purpose;
import io.pinyon.tokenizer.Tokenizer;

import static org.junit.jupiter.api.Assumptions.assumeTrue;

/**
 * A recall test for the bundled model, cut where a step of the prompt ends: its document, of whole steps and pages, and
 * the rest with the question.
 *
 * <p>How many tokens run in one step may decide the order of sums and so the bits of results. Sessions that are to agree bit
 * for bit therefore run the document and the rest in separate calls, of steps of {@link #CHUNK} tokens.
 */
final class HarbourNeedle {
    static final int CHUNK = 512;
    static final Path MODEL = Path.of(System.getProperty("pinyon.root"), "models/harbour-14m-q8_0.gguf");
    private static final int ANSWER_TOKENS = 24;
    private static final int SEED = 3;

    private final Needle needle;
    private final int[] document;
    private final int[] rest;

    private HarbourNeedle(Needle needle, int[] document, int[] rest) {
        this.needle = needle;
        this.document = document;
        this.rest = rest;
    }

    /**
     * What a session makes of the rest.
     *
     * @param tokens greedily generated
     * @param logits those of the last token of the prompt
     */
    record Answer(List<Integer> tokens, List<Float> logits) {}

    /** The bundled model; a test without it is skipped. */
    static Path model() {
        assumeTrue(Files.exists(MODEL), MODEL + " is not there");
        return MODEL;
    }

    /** Options of Java for a program of these tests in another process. */
    static List<String> program(Class<?> main) {
        Path classes = Path.of(main.getProtectionDomain().getCodeSource().getLocation().getPath());
        return List.of("-Dpinyon.root=" + System.getProperty("pinyon.root"), "-cp",
                classes + File.pathSeparator + System.getProperty("pinyon.jar"), main.getName());
    }

    /** On a few threads of the {@code cpu} device. */
    static ModelOptions options() {
        return ModelOptions.defaults().withDevice("cpu").withThreads(4).withPrefillChunk(CHUNK);
    }

    /** A test of almost as many tokens, the answer included. */
    static HarbourNeedle of(Tokenizer tokenizer, int tokens) {
        Needle needle = NeedleFit
                .fit(SEED, 0.3, tokens - ANSWER_TOKENS, test -> tokenizer.encode(test.prompt(), true, false).length)
                .orElseThrow();
        int[] prompt = tokenizer.encode(needle.prompt(), true, false);
        int cut = (prompt.length - 2) / CHUNK * CHUNK;
        return new HarbourNeedle(needle, Arrays.copyOf(prompt, cut), Arrays.copyOfRange(prompt, cut, prompt.length));
    }

    /** The test. */
    Needle needle() {
        return needle;
    }

    /** Token ids, a multiple of {@link #CHUNK}. */
    int[] document() {
        return document.clone();
    }

    /** The token ids behind the document, at least two. */
    int[] rest() {
        return rest.clone();
    }

    /** Runs the rest in a session that has the document. */
    Answer answer(Session session) {
        return answer(session, rest);
    }

    /** Runs tokens in a session, the last one by itself, and what is likeliest to follow. */
    static Answer answer(Session session, int[] rest) {
        int last = rest.length - 1;
        session.append(Arrays.copyOf(rest, last));
        List<Float> logits = new ArrayList<>();
        session.logits(new int[]{rest[last]}, (_, _, row) -> {
            for (float logit : row) {
                logits.add(logit);
            }
        });
        int likeliest = 0;
        for (int i = 1; i < logits.size(); i++) {
            likeliest = logits.get(i) > logits.get(likeliest) ? i : likeliest;
        }
        List<Integer> tokens = new ArrayList<>(List.of(likeliest));
        tokens.addAll(session.generate(new int[]{likeliest}, greedy(ANSWER_TOKENS - 1), _ -> {}).tokens());
        return new Answer(tokens, logits);
    }

    /** The likeliest tokens, whatever they mean. */
    static GenerateOptions greedy(int tokens) {
        return GenerateOptions.builder().temperature(0).maxTokens(tokens).stopAtEnd(false).build();
    }

    /** Whether an answer is the right one. */
    boolean rightly(Answer answer, Tokenizer tokenizer) {
        return needle
                .recalledBy(tokenizer.decode(answer.tokens().stream().mapToInt(Integer::intValue).toArray(), true));
    }

    /** How a session is opened whose pages lie as a placement says. */
    static SessionOptions placed(String place, int context) {
        return SessionOptions.defaults().withContextLength(context).withKv("place=" + place);
    }

    /** Bytes of keys and values of all sessions of a model, wherever they lie. */
    static long kvBytes(Model model) {
        return model.memory().bytes(Purpose.KV);
    }
}
