/* SPDX-License-Identifier: Apache-2.0 */
package io.pinyon;

import java.io.IOException;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Map;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import java.util.concurrent.TimeUnit;

import io.pinyon.decode.LogProbabilities;
import io.pinyon.error.EngineException;
import io.pinyon.error.UsageException;
import io.pinyon.memory.MemorySnapshot;
import io.pinyon.memory.Purpose;
import io.pinyon.memory.Tier;
import org.assertj.core.api.ThrowableAssert.ThrowingCallable;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.TestInstance;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.assertj.core.api.Assertions.within;

@Timeout(60)
@TestInstance(TestInstance.Lifecycle.PER_CLASS)
class SessionTest {
    private static final ModelOptions SCALAR = ModelOptions.defaults().withDevice("scalar");
    private static final String PROMPT = "Once upon a time";
    private static final TextListener SILENT = _ -> {};

    private Path directory;
    private Model model;
    private Session session;

    @BeforeAll
    void load(@TempDir Path temporary) throws IOException {
        directory = TinyModel.in(temporary);
        model = Pinyon.load(directory, SCALAR);
    }

    @BeforeEach
    void open() {
        session = model.session();
    }

    @AfterEach
    void close() {
        session.close();
    }

    @AfterAll
    void unload() {
        model.close();
    }

    private static void refused(String code, ThrowingCallable call) {
        assertThatThrownBy(call).isInstanceOf(UsageException.class).hasMessageStartingWith(code + ": ");
    }

    private static GenerateOptions greedy(int tokens) {
        return GenerateOptions.builder().maxTokens(tokens).stopAtEnd(false).build();
    }

    private static GenerateOptions random(int tokens, long seed) {
        return GenerateOptions.builder().maxTokens(tokens).temperature(1.5f).seed(seed).stopAtEnd(false).build();
    }

    private static int[] ids(Completion completion) {
        return completion.tokens().stream().mapToInt(Integer::intValue).toArray();
    }

    private int[] encoded() {
        return model.tokenizer().encode(PROMPT, true, false);
    }

    @Test
    void greedyTokensAreThoseOfTheLogits() {
        Completion completion = session.generate(PROMPT, greedy(12));
        int[] prompt = encoded();
        assertThat(completion.tokens()).hasSize(12);
        assertThat(completion.finishReason()).isEqualTo(FinishReason.LENGTH);
        assertThat(completion.usage().promptTokens()).isEqualTo(prompt.length).isEqualTo(PROMPT.length() + 1);
        assertThat(completion.usage().completionTokens()).isEqualTo(12);
        assertThat(session.length()).isEqualTo(prompt.length + 12);
        assertThat(session.tokens()).startsWith(prompt).endsWith(ids(completion));

        int[] all = session.tokens();
        try (Session check = model.session()) {
            check.logits(all, (first, rows, logits) -> {
                for (int row = Math.max(0, prompt.length - 1 - first); row < rows
                        && first + row < all.length - 1; row++) {
                    assertThat(LogProbabilities.argmax(logits, row * 160, 160)).isEqualTo(all[first + row + 1]);
                }
            });
            assertThat(check.length()).isEqualTo(all.length);
        }
    }

    @Test
    void logitsDoNotDependOnTheChunk() {
        int[] tokens = encoded();
        float[] whole = logits(model, tokens);
        try (Model pieces = Pinyon.load(directory, SCALAR.withPrefillChunk(3))) {
            float[] parts = logits(pieces, tokens);
            for (int i = 0; i < whole.length; i++) {
                assertThat(parts[i]).isCloseTo(whole[i], within(1e-4f));
            }
        }
    }

    private static float[] logits(Model model, int[] tokens) {
        float[] all = new float[tokens.length * 160];
        try (Session session = model.session()) {
            session.logits(tokens,
                    (first, rows, logits) -> System.arraycopy(logits, 0, all, first * 160, rows * 160));
        }
        return all;
    }

    @Test
    void theTextIsThatOfTheTokensAndArrivesInWholeCharacters() {
        int characters = 0;
        for (int seed = 0; seed < 20; seed++) {
            session.truncate(0);
            StringBuilder heard = new StringBuilder();
            Completion completion = session.generate(PROMPT, random(60, seed), piece -> {
                assertThat(piece).isNotEmpty();
                assertThat(Character.isLowSurrogate(piece.charAt(0))).isFalse();
                assertThat(Character.isHighSurrogate(piece.charAt(piece.length() - 1))).isFalse();
                heard.append(piece);
            });
            assertThat(completion.text()).isEqualTo(heard.toString())
                    .isEqualTo(model.tokenizer().decode(ids(completion), true));
            characters += (int) heard.chars().filter(c -> c > 0x7F && c != 0xFFFD).count();
        }
        assertThat(characters).as("characters of several tokens").isPositive();
    }

    @Test
    void oneSeedGivesOneText() {
        Completion first = session.generate(PROMPT, random(20, 1));
        session.truncate(0);
        Completion second = session.generate(PROMPT, random(20, 1));
        session.truncate(0);
        Completion other = session.generate(PROMPT, random(20, 2));
        assertThat(second.tokens()).isEqualTo(first.tokens());
        assertThat(other.tokens()).isNotEqualTo(first.tokens());
    }

    @Test
    void aStopStringEndsTheTextBeforeIt() {
        String text = session.generate(PROMPT, random(60, 3)).text();
        String stop = text.substring(20, 24);
        int start = text.indexOf(stop);
        session.truncate(0);
        StringBuilder heard = new StringBuilder();
        Completion stopped = session.generate(PROMPT, GenerateOptions.builder().maxTokens(60).temperature(1.5f).seed(3)
                .stopAtEnd(false).stop("not in there", stop).build(), heard::append);
        assertThat(stopped.finishReason()).isEqualTo(FinishReason.STOP_STRING);
        assertThat(stopped.text()).isEqualTo(text.substring(0, start)).isEqualTo(heard.toString());
        assertThat(stopped.tokens()).hasSizeLessThan(60);
    }

    @Test
    void whatWasHeldBackComesAtTheEnd() {
        String text = session.generate(PROMPT, greedy(10)).text();
        session.truncate(0);
        Completion completion = session.generate(PROMPT, GenerateOptions.builder().maxTokens(10).stopAtEnd(false)
                .stop(text + " and more").build());
        assertThat(completion.text()).isEqualTo(text);
        assertThat(completion.finishReason()).isEqualTo(FinishReason.LENGTH);
    }

    @Test
    void anEndTokenEndsTheTextUnlessItMayNot() {
        GenerateOptions toTheEnd = GenerateOptions.builder().maxTokens(400).temperature(2).seed(4).build();
        Completion ended = session.generate(PROMPT, toTheEnd);
        assertThat(ended.finishReason()).isEqualTo(FinishReason.STOP_TOKEN);
        assertThat(ended.tokens()).doesNotContain(TinyModel.EOS);
        int length = ended.tokens().size();
        session.truncate(0);
        Completion onwards = session.generate(PROMPT, GenerateOptions.builder().maxTokens(400).temperature(2).seed(4)
                .stopAtEnd(false).build());
        assertThat(onwards.tokens()).hasSize(400).startsWith(ended.tokens().toArray(Integer[]::new));
        assertThat(onwards.tokens().get(length)).isEqualTo(TinyModel.EOS);
    }

    @Test
    void aFullContextEndsTheGeneration() {
        try (Session small = model.session(SessionOptions.defaults().withContextLength(20))) {
            assertThat(small.contextLength()).isEqualTo(20);
            Completion completion = small.generate(PROMPT, greedy(100));
            assertThat(completion.finishReason()).isEqualTo(FinishReason.CONTEXT_FULL);
            assertThat(completion.tokens()).hasSize(3);
            assertThat(small.length()).isEqualTo(20);
            refused("PIN-PROMPT-TOOLONG", () -> small.generate("more", greedy(1)));
            small.truncate(0);
            assertThatThrownBy(() -> small.generate("a".repeat(30), greedy(1))).isInstanceOf(UsageException.class)
                    .hasMessageContaining("31").hasMessageContaining("20");
            assertThat(small.length()).isZero();
        }
    }

    @Test
    void impossiblePromptsAreRefused() {
        refused("PIN-PROMPT-EMPTY", () -> session.generate(new int[0], greedy(1), SILENT));
        refused("PIN-PROMPT-TOKEN", () -> session.generate(new int[]{160}, greedy(1), SILENT));
        refused("PIN-PROMPT-TOKEN", () -> session.append(new int[]{-1}));
        session.append(new int[]{1});
        refused("PIN-PROMPT-EMPTY", () -> session.generate("", greedy(1)));
        assertThat(session.length()).isEqualTo(1);
    }

    @Test
    void aConversationGoesOnWhereItStopped() {
        Completion once = session.generate(PROMPT, greedy(9));
        int[] all = session.tokens();
        try (Session turns = model.session()) {
            turns.generate(PROMPT, greedy(4));
            turns.truncate(turns.length() - 1);
            Completion rest = turns.generate(new int[]{once.tokens().get(3)}, greedy(5), SILENT);
            assertThat(rest.tokens()).isEqualTo(once.tokens().subList(4, 9));
            assertThat(turns.tokens()).isEqualTo(all);
            turns.truncate(encoded().length - 1);
            Completion again = turns.generate(new int[]{encoded()[encoded().length - 1]}, greedy(9), SILENT);
            assertThat(again.tokens()).isEqualTo(once.tokens());
        }
    }

    @Test
    void theBeginningTokenComesOnce() {
        session.generate("a", greedy(0));
        session.generate("b", greedy(0));
        int[] tokens = session.tokens();
        assertThat(tokens[0]).isEqualTo(TinyModel.BOS);
        assertThat(Arrays.stream(tokens).filter(token -> token == TinyModel.BOS)).hasSize(1);
        assertThat(tokens).hasSize(3);
    }

    @Test
    void controlTokensOfAPromptNeedPermission() {
        session.generate("x</s>", greedy(0));
        assertThat(session.length()).isEqualTo(6);
        session.truncate(0);
        session.generate("x</s>", GenerateOptions.builder().maxTokens(0).parseSpecial(true).build());
        assertThat(session.tokens()).endsWith(TinyModel.EOS).hasSize(3);
    }

    @Test
    void aListenerCancels() {
        Completion completion = session.generate(PROMPT, greedy(100), _ -> session.cancel());
        assertThat(completion.finishReason()).isEqualTo(FinishReason.CANCELLED);
        assertThat(completion.tokens()).hasSizeLessThan(100);
        assertThat(session.generate("b", greedy(2)).tokens()).hasSize(2);
        int length = session.length();
        session.logits(new int[40], (_, _, _) -> session.cancel());
        assertThat(session.length()).as("there was nothing left to cancel").isEqualTo(length + 40);
    }

    @Test
    void aCancelledAppendLeavesTheSessionAsItWas() {
        try (Model pieces = Pinyon.load(directory, SCALAR.withPrefillChunk(4)); Session own = pieces.session()) {
            assertThatThrownBy(() -> own.logits(new int[9], (_, _, _) -> own.cancel()))
                    .isInstanceOf(EngineException.class).hasMessageStartingWith("PIN-SESSION-CANCELLED: ");
            assertThat(own.length()).isZero();
            assertThat(own.kv().bytes()).isZero();
        }
    }

    @Test
    void aListenerThatThrowsEndsTheCallAndLeavesTheSessionUsable() {
        assertThatThrownBy(() -> session.generate(PROMPT, greedy(10), _ -> {
            throw new IllegalStateException("no more");
        })).isInstanceOf(IllegalStateException.class).hasMessage("no more");
        assertThat(session.length()).isGreaterThan(encoded().length);
        session.truncate(0);
        assertThat(session.generate(PROMPT, greedy(3)).tokens()).hasSize(3);
    }

    @Test
    void aListenerMustNotCallBack() {
        refused("PIN-SESSION-BUSY", () -> session.generate(PROMPT, greedy(10), _ -> session.append(new int[]{1})));
        refused("PIN-SESSION-BUSY", () -> session.generate("b", greedy(10), _ -> session.close()));
        List<Integer> lengths = new ArrayList<>();
        session.generate("c", greedy(3), _ -> lengths.add(session.length()));
        assertThat(lengths).isSorted().isNotEmpty();
    }

    @ParameterizedTest
    @ValueSource(strings = {"scalar", "auto"})
    void sessionsInParallelGetWhatTheyGetAlone(String device) throws Exception {
        List<String> prompts = List.of("one", "two more", "and three", "Four!");
        try (Model shared = Pinyon.load(directory, ModelOptions.defaults().withDevice(device).withPrefillChunk(4));
                ExecutorService threads = Executors.newFixedThreadPool(prompts.size())) {
            List<Completion> alone = prompts.stream().map(prompt -> generate(shared, prompt)).toList();
            List<Future<Completion>> together = prompts.stream()
                    .map(prompt -> threads.submit(() -> generate(shared, prompt))).toList();
            for (int i = 0; i < prompts.size(); i++) {
                Completion completion = together.get(i).get(50, TimeUnit.SECONDS);
                assertThat(completion.tokens()).isEqualTo(alone.get(i).tokens());
                assertThat(completion.text()).isEqualTo(alone.get(i).text());
            }
        }
    }

    private static Completion generate(Model model, String prompt) {
        try (Session own = model.session()) {
            return own.generate(prompt, random(25, prompt.length()));
        }
    }

    @Test
    void bytesOfKeysAndValuesAreTold() {
        assertThat(session.kv()).isEqualTo(new KvUsage("codec=f16", 0, 0, 0, Map.of(), Map.of()));
        session.append(new int[100]);
        // 3 layers, keys and values, 2 heads of 16 elements, 2 bytes each; pages of 64 tokens
        long token = 3 * 2 * 2 * 16 * 2;
        assertThat(session.kv()).isEqualTo(new KvUsage("codec=f16", 128 * token, 128 * token, 100 * token,
                Map.of(Tier.HOST, 128 * token), Map.of(Tier.HOST, 128 * token)));
        assertThat(session.memory().items()).containsExactly(
                new MemorySnapshot.Item(Tier.HOST, Purpose.KV, 128 * token, 128 * token));
        session.truncate(10);
        assertThat(session.kv()).isEqualTo(new KvUsage("codec=f16", 64 * token, 128 * token, 10 * token,
                Map.of(Tier.HOST, 64 * token), Map.of(Tier.HOST, 128 * token)));
        try (Session wide = model.session(SessionOptions.defaults().withKv("codec=f32:page=16"))) {
            wide.append(new int[16]);
            assertThat(wide.kv()).isEqualTo(new KvUsage("codec=f32:page=16", 32 * token, 32 * token,
                    16 * token, Map.of(Tier.HOST, 32 * token), Map.of(Tier.HOST, 32 * token)));
        }
    }

    @Test
    void forksGoOnDifferentlyAndEachLikeARunOfItsOwn() {
        session.generate(PROMPT, greedy(5));
        try (Session fork = session.fork()) {
            assertThat(fork.tokens()).isEqualTo(session.tokens());
            assertThat(fork.contextLength()).isEqualTo(session.contextLength());
            assertThat(fork.kv()).isEqualTo(session.kv());
            int[] common = session.tokens();
            Completion left = session.generate(" left", greedy(70));
            Completion right = fork.generate("? Right", greedy(70));
            assertThat(right.tokens()).isNotEqualTo(left.tokens());
            assertThat(session.tokens()).startsWith(common).isEqualTo(unforked(" left"));
            assertThat(fork.tokens()).startsWith(common).isEqualTo(unforked("? Right"));
            session.truncate(0);
            assertThat(fork.generate("!", greedy(3)).tokens()).hasSize(3);
        }
    }

    private int[] unforked(String second) {
        try (Session alone = model.session()) {
            alone.generate(PROMPT, greedy(5));
            alone.generate(second, greedy(70));
            return alone.tokens();
        }
    }

    @Test
    void aForkTakesNoMemoryBeforeItGrows() {
        session.append(new int[100]);
        long bytes = model.memory().bytes(Purpose.KV);
        try (Session fork = session.fork()) {
            assertThat(model.memory().bytes(Purpose.KV)).isEqualTo(bytes);
            assertThat(fork.kv().bytes()).isEqualTo(bytes);
            fork.append(new int[1]);
            assertThat(model.memory().bytes(Purpose.KV)).as("its own last page").isEqualTo(bytes + bytes / 2);
        }
        assertThat(model.memory().bytes(Purpose.KV)).isEqualTo(bytes);
        assertThat(session.generate("on", greedy(2)).tokens()).hasSize(2);
    }

    @Test
    void aForkOutlivesItsOriginAndKeepsTheModelOpen() {
        try (Model own = Pinyon.load(directory, SCALAR)) {
            Session origin = own.session();
            origin.append(encoded());
            try (Session fork = origin.fork()) {
                origin.close();
                refused("PIN-SESSION-CLOSED", origin::fork);
                assertThatThrownBy(own::close).isInstanceOf(UsageException.class)
                        .hasMessageStartingWith("PIN-MODEL-BUSY: 1 session of");
                session.append(encoded());
                int[] next = {1};
                assertThat(fork.generate(next, greedy(6), SILENT).tokens())
                        .isEqualTo(session.generate(next, greedy(6), SILENT).tokens());
            }
            assertThat(own.memory().bytes(Purpose.KV)).isZero();
        }
    }

    @Test
    void aListenerMustNotFork() {
        refused("PIN-SESSION-BUSY", () -> session.generate(PROMPT, greedy(10), _ -> session.fork()));
    }
}
