/* SPDX-License-Identifier: Apache-2.0 */
package io.pinyon.model;

import java.util.List;
import java.util.Optional;
import java.util.stream.Collectors;
import java.util.stream.Stream;

import io.pinyon.error.ModelFileException;
import io.pinyon.model.family.Family;
import io.pinyon.model.family.Gemma2;
import io.pinyon.model.family.Gemma3;
import io.pinyon.model.family.Llama;
import io.pinyon.model.family.Mistral;
import io.pinyon.model.family.Phi3;
import io.pinyon.model.family.Qwen2;
import io.pinyon.model.family.Qwen3;

/** The model families, one line each. */
public final class ModelRegistry {
    private static final List<Family> FAMILIES = List.of(
            new Llama(),
            new Mistral(),
            new Qwen2(),
            new Qwen3(),
            new Phi3(),
            new Gemma2(),
            new Gemma3());

    private ModelRegistry() {}

    /** All of them. */
    public static List<Family> families() {
        return FAMILIES;
    }

    /**
     * The family of a GGUF file.
     *
     * @param architecture its {@code general.architecture}
     * @throws ModelFileException {@code PIN-MODEL-ARCH} if it is not known
     */
    public static Family ofGguf(String architecture) {
        return FAMILIES.stream().filter(family -> family.name().equals(architecture)).findFirst()
                .filter(family -> family.ggufArchitecture().equals(architecture))
                .orElseThrow(() -> unknown(architecture,
                        FAMILIES.stream().map(Family::ggufArchitecture).distinct()));
    }

    /**
     * The family of a Hugging Face directory.
     *
     * @param architecture the first one that it names, which decides if it is there
     * @param modelType its {@code model_type}
     * @throws ModelFileException {@code PIN-MODEL-ARCH} if it is not known
     */
    public static Family ofHuggingFace(Optional<String> architecture, Optional<String> modelType) {
        String name = architecture.or(() -> modelType).orElse("without architectures and model_type");
        return FAMILIES.stream().filter(family -> family.huggingFaceNames().contains(name)).findFirst()
                .orElseThrow(
                        () -> unknown(name, FAMILIES.stream().map(family -> family.huggingFaceNames().getFirst())));
    }

    private static ModelFileException unknown(String name, Stream<String> known) {
        return new ModelFileException("PIN-MODEL-ARCH", "the architecture " + name + " is not known",
                "use a model of one of " + known.collect(Collectors.joining(", ")));
    }
}
