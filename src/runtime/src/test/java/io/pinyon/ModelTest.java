/* SPDX-License-Identifier: Apache-2.0 */
package io.pinyon;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;

import io.pinyon.device.Compute;
import io.pinyon.device.DeviceOptions;
import io.pinyon.error.DeviceException;
import io.pinyon.error.MemoryException;
import io.pinyon.error.ModelFileException;
import io.pinyon.error.UsageException;
import io.pinyon.format.WeightFormats;
import io.pinyon.memory.Purpose;
import io.pinyon.model.convert.Converter;
import io.pinyon.model.convert.ProgressListener;
import org.assertj.core.api.ThrowableAssert.ThrowingCallable;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

class ModelTest {
    private static final ModelOptions SCALAR = ModelOptions.defaults().withDevice("scalar");

    @TempDir
    Path directory;

    private static void refused(Class<? extends Throwable> kind, String code, ThrowingCallable call) {
        assertThatThrownBy(call).isInstanceOf(kind).hasMessageStartingWith(code + ": ");
    }

    @Test
    void aModelTellsWhatItIs() throws IOException {
        try (Model model = Pinyon.load(TinyModel.in(directory), SCALAR)) {
            ModelInfo info = model.info();
            assertThat(info.architecture()).isEqualTo("llama");
            assertThat(info.layers()).isEqualTo(3);
            assertThat(info.hiddenSize()).isEqualTo(64);
            assertThat(info.heads()).isEqualTo(4);
            assertThat(info.kvHeads()).isEqualTo(2);
            assertThat(info.headDim()).isEqualTo(16);
            assertThat(info.vocabularySize()).isEqualTo(160);
            assertThat(info.contextLength()).isEqualTo(512);
            assertThat(info.fileBytes()).isEqualTo(Files.size(directory.resolve("model.safetensors")));
            assertThat(info.parameters()).isEqualTo(2L * 160 * 64 + 64
                    + 3L * (2 * 64 + 2 * 64 * 64 + 2 * 64 * 32 + 3 * 64 * 112));
            assertThat(info.weightFormats().values().stream().mapToInt(Integer::intValue).sum()).isEqualTo(3 + 3 * 9);
            assertThat(info.details()).containsKey("rope");
            assertThat(Pinyon.describe(directory)).isEqualTo(info);
            assertThat(model.device().id()).isEqualTo("scalar");
            assertThat(model.deviceReason()).contains("scalar");
            assertThat(model.memory().bytes(Purpose.WEIGHTS)).isGreaterThan(200_000);
            assertThat(model.tokenizer().vocabularySize()).isEqualTo(160);
        }
    }

    @Test
    void aGgufFileIsTheSameModel() throws IOException {
        Path gguf = directory.resolve("tiny.gguf");
        Converter.convert(TinyModel.in(directory), gguf, WeightFormats.BF16, ProgressListener.none());
        GenerateOptions options = GenerateOptions.builder().maxTokens(20).build();
        try (Model original = Pinyon.load(directory, SCALAR);
                Model converted = Pinyon.load(gguf, SCALAR);
                Session first = original.session();
                Session second = converted.session()) {
            assertThat(converted.info().fileFormat()).isNotEqualTo(original.info().fileFormat());
            assertThat(converted.info().parameters()).isEqualTo(original.info().parameters());
            Completion expected = first.generate("Once upon", options);
            Completion actual = second.generate("Once upon", options);
            assertThat(actual.tokens()).isEqualTo(expected.tokens());
            assertThat(actual.text()).isEqualTo(expected.text());
            assertThat(second.tokens()).isEqualTo(first.tokens());
        }
    }

    @Test
    void closingGoesFromTheInsideToTheOutside() throws IOException {
        Model model = Pinyon.load(TinyModel.in(directory), SCALAR);
        Session first = model.session();
        Session second = model.session();
        assertThatThrownBy(model::close).isInstanceOf(UsageException.class)
                .hasMessageStartingWith("PIN-MODEL-BUSY: 2 sessions");
        first.append(new int[]{1, 2, 3});
        first.close();
        first.close();
        assertThatThrownBy(model::close).isInstanceOf(UsageException.class)
                .hasMessageStartingWith("PIN-MODEL-BUSY: 1 session of");
        second.append(new int[]{1, 2, 3});
        assertThat(model.memory().bytes(Purpose.KV)).isPositive();
        second.close();
        assertThat(model.memory().bytes(Purpose.KV)).isZero();
        model.close();
        model.close();
        for (Purpose purpose : Purpose.values()) {
            assertThat(model.memory().bytes(purpose)).as("%s left", purpose).isZero();
        }
        refused(UsageException.class, "PIN-MODEL-CLOSED", model::session);
        refused(UsageException.class, "PIN-MODEL-CLOSED", model::tokenizer);
        refused(UsageException.class, "PIN-SESSION-CLOSED", () -> first.append(new int[]{1}));
        refused(UsageException.class, "PIN-SESSION-CLOSED", () -> first.generate("a", GenerateOptions.defaults()));
        refused(UsageException.class, "PIN-SESSION-CLOSED", () -> first.logits(new int[]{1}, (_, _, _) -> {}));
        refused(UsageException.class, "PIN-SESSION-CLOSED", () -> first.truncate(0));
        first.cancel();
        assertThat(first.kv().peakBytes()).isPositive();
        assertThat(first.kv().bytes()).isZero();
    }

    @Test
    void aModelWithoutATokenizerRunsOnTokenIds() throws IOException {
        try (Model model = Pinyon.load(TinyModel.withoutTokenizer(directory), SCALAR);
                Session session = model.session()) {
            refused(ModelFileException.class, "PIN-TOKENIZER-MISSING", model::tokenizer);
            refused(ModelFileException.class, "PIN-TOKENIZER-MISSING",
                    () -> session.generate("text", GenerateOptions.defaults()));
            refused(UsageException.class, "PIN-OPTION-STOP", () -> session.generate(new int[]{1},
                    GenerateOptions.builder().stop("x").build(), _ -> {}));
            Completion completion = session.generate(new int[]{1, 50, 60},
                    GenerateOptions.builder().maxTokens(5).build(), _ -> {});
            assertThat(completion.tokens()).hasSize(5);
            assertThat(completion.text()).isEmpty();
            assertThat(completion.finishReason()).isEqualTo(FinishReason.LENGTH);
        }
    }

    @Test
    void aTokenizerWithMoreTokensThanTheModelIsRefused() throws IOException {
        TinyModel.withTokenizer(TinyModel.withoutTokenizer(directory), 170);
        refused(ModelFileException.class, "PIN-MODEL-VOCAB", () -> Pinyon.load(directory, SCALAR));
    }

    @Test
    void whatCannotBeLoadedIsRefused() throws IOException {
        TinyModel.in(directory);
        assertThatThrownBy(() -> Pinyon.load(directory.resolve("nothing.gguf"), SCALAR))
                .isInstanceOf(ModelFileException.class).hasMessageContaining("nothing.gguf");
        assertThatThrownBy(() -> Pinyon.describe(directory.resolve("nothing.gguf")))
                .isInstanceOf(ModelFileException.class).hasMessageContaining("nothing.gguf");
        refused(UsageException.class, "PIN-DEVICE-UNKNOWN",
                () -> Pinyon.load(directory, ModelOptions.defaults().withDevice("abacus")));
        refused(DeviceException.class, "PIN-DEVICE-UNUSABLE",
                () -> Pinyon.load(directory, ModelOptions.defaults().withDevice("scalar:7")));
        refused(MemoryException.class, "PIN-MEMORY-BUDGET",
                () -> Pinyon.load(directory, SCALAR.withMemoryLimit(1000)));
    }

    @Test
    void devicesSayWhetherTheyAreUsable() {
        assertThat(Pinyon.devices()).anySatisfy(report -> {
            assertThat(report.id()).isEqualTo("scalar");
            assertThat(report.usable()).isTrue();
            assertThat(report.description()).isNotEmpty();
        }).allSatisfy(report -> assertThat(report.usable()).isEqualTo(report.reason().isEmpty()));
    }

    @Test
    void impossibleOptionsAreRefused() throws IOException {
        ModelOptions defaults = ModelOptions.defaults();
        refused(UsageException.class, "PIN-OPTION-PREFILLCHUNK", () -> defaults.withPrefillChunk(0));
        refused(UsageException.class, "PIN-OPTION-PREFILLCHUNK", () -> defaults.withPrefillChunk(Integer.MAX_VALUE));
        refused(UsageException.class, "PIN-OPTION-THREADS", () -> defaults.withThreads(0));
        refused(UsageException.class, "PIN-OPTION-BUDGET", () -> defaults.withMemoryLimit(-1));
        refused(UsageException.class, "PIN-OPTION-REUSE", () -> defaults.withReuseBytes(-1));
        refused(UsageException.class, "PIN-OPTION-REUSE",
                () -> new ModelOptions("auto", DeviceOptions.defaults(), 512, false, 1));
        refused(UsageException.class, "PIN-OPTION-GROUP",
                () -> defaults.withDeviceOptions(DeviceOptions.defaults().withGroupBytes(0)));
        assertThat(defaults.withReuseBytes(9)).isEqualTo(
                new ModelOptions("auto", DeviceOptions.defaults(), 512, true, 9));
        assertThat(defaults.withReuseBytes(9).withSharePrefixes(false)).isEqualTo(defaults);
        assertThat(defaults.withVectorBits(256).withThreads(2)).isEqualTo(
                new ModelOptions("auto", DeviceOptions.defaults().withThreads(2).withVectorBits(256), 512, false, 0));
        assertThat(defaults.withCompute(Compute.BF16).withCudaBridge("jcuda").deviceOptions()).isEqualTo(
                DeviceOptions.defaults().withCompute(Compute.BF16).withCudaBridge("jcuda"));
        refused(UsageException.class, "PIN-OPTION-CONTEXT", () -> SessionOptions.defaults().withContextLength(-1));
        try (Model model = Pinyon.load(TinyModel.in(directory), SCALAR)) {
            refused(UsageException.class, "PIN-OPTION-CONTEXT",
                    () -> model.session(SessionOptions.defaults().withContextLength(513)));
            assertThatThrownBy(() -> model.session(SessionOptions.defaults().withKv("nonsense=1")))
                    .isInstanceOf(UsageException.class).hasMessageStartingWith("PIN-KV-");
        }
    }
}
