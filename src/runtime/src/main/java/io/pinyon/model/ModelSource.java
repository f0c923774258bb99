/* SPDX-License-Identifier: Apache-2.0 */
package io.pinyon.model;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.TreeMap;

import io.pinyon.error.ModelFileException;
import io.pinyon.format.GgufFile;
import io.pinyon.format.Metadata;
import io.pinyon.format.SafetensorsFile;
import io.pinyon.format.SafetensorsModel;
import io.pinyon.format.TensorSource;
import io.pinyon.kv.Fingerprint;
import io.pinyon.model.config.DecoderConfig;
import io.pinyon.model.config.Features;
import io.pinyon.model.config.GgufParameters;
import io.pinyon.model.config.HuggingFaceParameters;
import io.pinyon.model.config.Hyperparameters;
import io.pinyon.model.config.JsonConfig;
import io.pinyon.model.config.Naming;
import io.pinyon.model.family.Family;
import io.pinyon.model.weight.Checkpoint;
import io.pinyon.model.weight.TensorPlan;
import io.pinyon.model.weight.TensorSlot;

/**
 * An open model file whose configuration has been understood and whose tensors have been compared with it; no weight
 * has been read yet.
 */
public final class ModelSource implements AutoCloseable {
    private final Path path;
    private final TensorSource tensors;
    private final Optional<Metadata> metadata;
    private final Family family;
    private final DecoderConfig config;
    private final Checkpoint checkpoint;
    private final List<Path> files;

    private ModelSource(Path path, TensorSource tensors, Optional<Metadata> metadata, Family family,
            Hyperparameters parameters, List<Path> files) {
        this.path = path;
        this.tensors = tensors;
        this.metadata = metadata;
        this.family = family;
        this.files = files;
        this.config = family.configure(parameters);
        this.checkpoint = new Checkpoint(tensors, family.tensorNames(), parameters.naming());
        checkpoint.requireComplete(new TensorPlan(config).all(), config.tied());
    }

    /**
     * Opens a model.
     *
     * @param path a GGUF file, or a directory with {@code config.json} and safetensors
     * @throws ModelFileException {@code PIN-FILE-…}, {@code PIN-GGUF-…}, {@code PIN-SAFETENSORS-…} or
     *         {@code PIN-MODEL-…}
     */
    public static ModelSource open(Path path) {
        return Files.isDirectory(path) ? openDirectory(path) : openGguf(path);
    }

    private static ModelSource openGguf(Path path) {
        GgufFile file = GgufFile.open(path);
        try {
            Metadata metadata = file.metadata();
            String architecture = metadata.requireString("general.architecture");
            Family family = ModelRegistry.ofGguf(architecture);
            Features.refuseIf(metadata.integer("split.count").orElse(1) > 1, "its tensors split over several files");
            Hyperparameters parameters = new GgufParameters(architecture,
                    metadata.string("general.name").orElse(""), file);
            return new ModelSource(path, file, Optional.of(metadata), family, parameters, List.of(path));
        } catch (RuntimeException | Error e) {
            file.close();
            throw e;
        }
    }

    private static ModelSource openDirectory(Path path) {
        JsonConfig json = JsonConfig.read(path.resolve("config.json"));
        Family family = ModelRegistry.ofHuggingFace(
                json.strings("architectures").flatMap(names -> names.stream().findFirst()), json.string("model_type"));
        JsonConfig text = json.object("text_config").orElse(json).withDefaults(family.huggingFaceDefaults());
        Features.refuseIf(json.has("quantization_config"), "a quantization_config");
        Hyperparameters parameters = new HuggingFaceParameters(family.name(), name(path, json), text);
        SafetensorsModel model = SafetensorsModel.open(path);
        try {
            return new ModelSource(path, model, Optional.empty(), family, parameters,
                    model.shards().stream().map(SafetensorsFile::path).toList());
        } catch (RuntimeException | Error e) {
            model.close();
            throw e;
        }
    }

    private static String name(Path directory, JsonConfig json) {
        return json.string("_name_or_path").filter(name -> !name.isBlank())
                .orElseGet(() -> String.valueOf(directory.toAbsolutePath().normalize().getFileName()));
    }

    /** Where it was opened. */
    public Path path() {
        return path;
    }

    /** Its tensors. */
    public TensorSource tensors() {
        return tensors;
    }

    /** Metadata, if it is a GGUF file. */
    public Optional<Metadata> metadata() {
        return metadata;
    }

    /** Its family. */
    public Family family() {
        return family;
    }

    /** Its switches. */
    public DecoderConfig config() {
        return config;
    }

    /** Its tensors by role. */
    public Checkpoint checkpoint() {
        return checkpoint;
    }

    /** What it holds. */
    public ModelDescription describe() {
        Map<String, Integer> formats = new TreeMap<>();
        long parameters = 0;
        for (TensorSlot slot : new TensorPlan(config).all()) {
            formats.merge(checkpoint.require(slot).format().name(), 1, Integer::sum);
            parameters += slot.elements();
        }
        List<Integer> windows = config.attention().windows();
        return new ModelDescription(config.model(),
                metadata.isPresent() ? Naming.GGUF.name() : "safetensors", parameters, fileBytes(), formats,
                config.attention().rope().describe(), windows.stream().mapToInt(Integer::intValue).max().orElse(0),
                (int) windows.stream().filter(window -> window > 0).count());
    }

    /**
     * Tells it apart from models that compute something else: two models share a fingerprint only if their configuration
     * and the names, shapes, formats and bytes of their tensors are the same. Of the bytes, samples are compared: the
     * first and last 4 KiB of every tensor, and 4 KiB at every 16 MiB. The same model in another container or format is
     * another model.
     *
     * @param context tokens that the rotary embedding is set up for
     */
    public Fingerprint fingerprint(int context) {
        return ModelFingerprint.of(config, context,
                new TensorPlan(config).all().stream().map(checkpoint::require).toList());
    }

    private long fileBytes() {
        long bytes = 0;
        for (Path file : files) {
            try {
                bytes += Files.size(file);
            } catch (IOException e) {
                throw new ModelFileException("PIN-FILE-UNREADABLE", file + " cannot be read: " + e.getMessage(),
                        "check its permissions", e);
            }
        }
        return bytes;
    }

    @Override
    public void close() {
        tensors.close();
    }
}
