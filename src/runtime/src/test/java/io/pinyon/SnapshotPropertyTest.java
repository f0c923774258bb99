/* SPDX-License-Identifier: Apache-2.0 */
package io.pinyon;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Random;

import io.pinyon.device.contract.Seeds;
import io.pinyon.memory.Purpose;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.TestInstance;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.within;

/** To save a session, open it and continue is the same as never to have saved it, bit for bit. */
@TestInstance(TestInstance.Lifecycle.PER_CLASS)
class SnapshotPropertyTest {
    private static final List<String> FORMATS = List.of("f16", "bf16", "f32");
    private static final int ROUNDS = 25;
    private static final int VOCABULARY = 160;

    private Path directory;

    @BeforeAll
    void model(@TempDir Path temporary) throws IOException {
        directory = TinyModel.in(temporary);
    }

    private static Model load(Path directory, String device) {
        return Pinyon.load(directory, ModelOptions.defaults().withDevice(device).withThreads(2).withPrefillChunk(32));
    }

    /** A random session: how it is kept, and what is in it. */
    private record Scenario(String kv, List<Integer> prompt, int generated, List<Integer> next) {
        static Scenario draw(Random random, int pageTokens) {
            String kv = "codec=" + FORMATS.get(random.nextInt(3)) + "/" + FORMATS.get(random.nextInt(3)) + ":page="
                    + pageTokens;
            int length = switch (random.nextInt(4)) {
                case 0 -> random.nextInt(3);
                case 1 -> pageTokens * (1 + random.nextInt(2)) + random.nextInt(3) - 1;
                default -> random.nextInt(140);
            };
            return new Scenario(kv, tokens(random, length), length == 0 ? 0 : random.nextInt(3),
                    tokens(random, 1 + random.nextInt(40)));
        }

        private static List<Integer> tokens(Random random, int count) {
            return random.ints(count, 3, VOCABULARY).boxed().toList();
        }

        Session open(Model model) {
            Session session = model.session(SessionOptions.defaults().withKv(kv).withContextLength(300));
            if (generated > 0) {
                session.generate(ids(prompt), GenerateOptions.builder().maxTokens(generated).stopAtEnd(false).build(),
                        _ -> {});
            } else if (!prompt.isEmpty()) {
                session.append(ids(prompt));
            }
            return session;
        }
    }

    private static int[] ids(List<Integer> tokens) {
        return tokens.stream().mapToInt(Integer::intValue).toArray();
    }

    private static List<Float> logits(Session session, List<Integer> tokens) {
        List<Float> all = new ArrayList<>();
        session.logits(ids(tokens), (_, rows, logits) -> {
            for (int i = 0; i < rows * VOCABULARY; i++) {
                all.add(logits[i]);
            }
        });
        return all;
    }

    @ParameterizedTest
    @ValueSource(strings = {"scalar", "cpu"})
    void continuingIsTheSame(String device, @TempDir Path folder) throws IOException {
        Random random = Seeds.random("snapshots", device);
        try (Model model = load(directory, device)) {
            for (int round = 0; round < ROUNDS; round++) {
                Scenario scenario = Scenario.draw(random, 1 << random.nextInt(7));
                String label = "round " + round + ": " + scenario;
                Path file = folder.resolve("session.kv");
                try (Session never = scenario.open(model); Session saved = scenario.open(model)) {
                    saved.save(file);
                    long booked = model.memory().bytes(Purpose.KV);
                    try (Session opened = model.open(file)) {
                        assertThat(opened.tokens()).as(label).isEqualTo(never.tokens());
                        assertThat(opened.contextLength()).as(label).isEqualTo(300);
                        assertThat(opened.kv()).as(label).isEqualTo(saved.kv());
                        assertThat(model.memory().bytes(Purpose.KV)).as(label).isEqualTo(booked + opened.kv().bytes());
                        Path again = folder.resolve("again.kv");
                        opened.save(again);
                        assertThat(Files.mismatch(file, again)).as(label).isEqualTo(-1);
                        List<Float> expected = logits(never, scenario.next());
                        assertThat(logits(opened, scenario.next())).as(label).isEqualTo(expected);
                        assertThat(logits(saved, scenario.next())).as(label).isEqualTo(expected);
                        assertThat(opened.tokens()).as(label).isEqualTo(never.tokens());
                    }
                    assertThat(model.memory().bytes(Purpose.STAGING)).as(label).isZero();
                }
                assertThat(model.memory().bytes(Purpose.KV)).as(label).isZero();
            }
        }
    }

    @Test
    void aSessionOfOneDeviceContinuesOnAnother(@TempDir Path folder) throws IOException {
        Random random = Seeds.random("across");
        Path file = folder.resolve("session.kv");
        Path again = folder.resolve("again.kv");
        try (Model scalar = load(directory, "scalar"); Model cpu = load(directory, "cpu")) {
            for (String format : FORMATS) {
                Scenario scenario = new Scenario("codec=" + format + ":page=16", Scenario.tokens(random, 75), 0,
                        Scenario.tokens(random, 20));
                try (Session origin = scenario.open(scalar)) {
                    origin.save(file);
                    try (Session moved = cpu.open(file)) {
                        moved.save(again);
                        assertThat(Files.mismatch(file, again)).isEqualTo(-1);
                        List<Float> expected = logits(origin, scenario.next());
                        List<Float> actual = logits(moved, scenario.next());
                        for (int i = 0; i < expected.size(); i++) {
                            assertThat(actual.get(i)).isCloseTo(expected.get(i), within(1e-2f));
                        }
                    }
                }
            }
        }
    }
}
