/* SPDX-License-Identifier: Apache-2.0 */
package io.pinyon.model;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;

import io.pinyon.model.config.HuggingFaceParameters;
import io.pinyon.model.config.JsonConfig;
import io.pinyon.model.config.RopeParameters;
import io.pinyon.model.config.RopeScaling;
import io.pinyon.model.family.Family;
import io.pinyon.model.family.Gemma3;
import io.pinyon.model.family.Mistral;
import io.pinyon.model.family.Qwen2;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

import static org.assertj.core.api.Assertions.assertThat;

/** What configurations mean by leaving things out. */
class FamilyDefaultsTest {
    private static final String SIZES = "\"hidden_size\": 64, \"num_hidden_layers\": 30, \"intermediate_size\": 112, "
            + "\"num_attention_heads\": 8, \"vocab_size\": 160, \"max_position_embeddings\": 512, "
            + "\"rms_norm_eps\": 1e-6";

    @TempDir
    private Path folder;

    @Test
    void anAbsentWindowIsTheFamilysAndNullIsNone() throws IOException {
        assertThat(read(new Mistral(), SIZES).window()).isEqualTo(4096);
        assertThat(read(new Mistral(), SIZES + ", \"sliding_window\": null").window()).isZero();
        assertThat(read(new Mistral(), SIZES + ", \"sliding_window\": 32").window()).isEqualTo(32);
    }

    @Test
    void qwenHasItsWindowOnlyWhenItSaysSo() throws IOException {
        String window = SIZES + ", \"sliding_window\": 32";
        assertThat(new Qwen2().configure(read(new Qwen2(), window)).attention().windows()).containsOnly(0);
        assertThat(new Qwen2().configure(read(new Qwen2(), window + ", \"use_sliding_window\": true")).attention()
                .windows()).startsWith(0, 0).endsWith(0, 32, 32).filteredOn(w -> w == 32).hasSize(2);
        assertThat(new Qwen2().configure(
                read(new Qwen2(), window + ", \"use_sliding_window\": true, \"max_window_layers\": 0")).attention()
                .windows()).containsOnly(32);
    }

    @Test
    void theTextPartOfGemma3NamesLittle() throws IOException {
        var config = new Gemma3().configure(read(new Gemma3(), """
                "hidden_size": 2560, "intermediate_size": 10240, "num_hidden_layers": 34,
                "rope_scaling": {"factor": 8.0, "rope_type": "linear"}, "sliding_window": 1024"""));

        assertThat(config.model()).isEqualTo(
                new ModelConfig("gemma3", "", 34, 2560, 8, 4, 256, 10240, 262_208, 131_072));
        assertThat(config.attention().rope()).isEqualTo(new RopeParameters(1e6, 256, new RopeScaling.Linear(8)));
        assertThat(config.attention().rope(0)).isEqualTo(new RopeParameters(1e4, 256, new RopeScaling.None()));
        assertThat(config.attention().windows()).startsWith(1024, 1024, 1024, 1024, 1024, 0, 1024);
        assertThat(config.attention().scale()).isEqualTo(1 / 16f);
        assertThat(config.tied()).isTrue();
    }

    private HuggingFaceParameters read(Family family, String settings) throws IOException {
        Path file = Files.writeString(folder.resolve("config.json"), "{" + settings + "}");
        return new HuggingFaceParameters(family.name(), "",
                JsonConfig.read(file).withDefaults(family.huggingFaceDefaults()));
    }
}
