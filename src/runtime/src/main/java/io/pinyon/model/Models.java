/* SPDX-License-Identifier: Apache-2.0 */
package io.pinyon.model;

import java.nio.file.Path;
import java.util.List;
import java.util.OptionalInt;
import java.util.OptionalLong;

import io.pinyon.device.Device;
import io.pinyon.device.Workload;
import io.pinyon.error.ModelFileException;
import io.pinyon.error.UsageException;
import io.pinyon.kv.KvSpec;
import io.pinyon.memory.MemoryPlan;
import io.pinyon.memory.ProgressListener;
import io.pinyon.memory.Purpose;
import io.pinyon.memory.Tier;
import io.pinyon.model.block.DenseDecoder;
import io.pinyon.model.weight.WeightLoader;

/** Opens models. */
public final class Models {
    private Models() {}

    /**
     * Loads a model. If anything fails, nothing stays open or allocated.
     *
     * @param path a GGUF file, or a directory with {@code config.json} and safetensors
     * @param device where it will run; must stay open longer than the model
     * @param options how
     * @throws ModelFileException if the file is malformed, incomplete or of an unknown kind: {@code PIN-FILE-…},
     *         {@code PIN-GGUF-…}, {@code PIN-SAFETENSORS-…}, {@code PIN-FORMAT-…} or {@code PIN-MODEL-…}
     * @throws io.pinyon.error.MemoryException if it does not fit
     * @throws io.pinyon.error.DeviceException {@code PIN-DEVICE-FORMAT} if the device has no kernel for a weight format
     */
    public static LoadedModel load(Path path, Device device, LoadOptions options) {
        return load(path, device, options, ProgressListener.NONE);
    }

    /**
     * As {@link #load(Path, Device, LoadOptions)}, and tells how far it has come.
     *
     * @param listener called once for each tensor
     */
    public static LoadedModel load(Path path, Device device, LoadOptions options, ProgressListener listener) {
        ModelSource source = ModelSource.open(path);
        try {
            int context = options.contextLength().orElse(source.config().model().contextLength());
            ModelDescription description = source.describe();
            requireFit(source, device, options.maxRows());
            WeightLoader loader = new WeightLoader(source.checkpoint(), device, source.config(), listener);
            return new LoadedModel(DenseDecoder.load(loader, options.maxRows(), context), source, description,
                    context);
        } catch (RuntimeException | Error e) {
            source.close();
            throw e;
        }
    }

    /** Weights as they lie in the file, and working memory; a session's cache comes on top when it is opened. */
    private static void requireFit(ModelSource source, Device device, int maxRows) {
        OptionalLong free = device.freeBytes();
        if (free.isPresent()) {
            long weights = source.checkpoint().bytes();
            long working = DenseDecoder.workingBytes(source.config(), maxRows,
                    source.config().model().contextLength());
            new MemoryPlan(List.of(new MemoryPlan.Item(Tier.DEVICE, Purpose.WEIGHTS, "weights", weights),
                    new MemoryPlan.Item(Tier.DEVICE, Purpose.ACTIVATIONS,
                            "working memory for steps of " + maxRows + " tokens", working)))
                    .requireFit(device.info().id(), Tier.DEVICE, free.getAsLong(),
                            "close what else uses the device, choose a smaller model or format, or use --device cpu");
        }
    }

    /**
     * What a device would hold for a model and sessions of it, without loading anything.
     *
     * @param path as for {@link #load}
     * @param options how it would be loaded
     * @param kv how keys and values are kept
     * @param tokens tokens of each session; empty for what the model was trained for
     * @param sessions number of sessions
     * @throws ModelFileException as for {@link #load}
     * @throws UsageException {@code PIN-OPTION-CONTEXT} for more tokens than the model was trained for
     */
    public static Workload workload(Path path, LoadOptions options, KvSpec kv, OptionalInt tokens, int sessions) {
        try (ModelSource source = ModelSource.open(path)) {
            int trained = source.config().model().contextLength();
            int length = tokens.orElse(trained);
            if (length > trained) {
                throw new UsageException("PIN-OPTION-CONTEXT", "context length is " + length,
                        "this model was trained for at most " + trained + " tokens");
            }
            return DenseDecoder.workload(source.config(), source.checkpoint(), options, kv, length, sessions);
        }
    }

    /**
     * Describes a model without reading its weights.
     *
     * @param path a GGUF file, or a directory with {@code config.json} and safetensors
     * @throws ModelFileException as for {@link #load}
     */
    public static ModelDescription describe(Path path) {
        try (ModelSource source = ModelSource.open(path)) {
            return source.describe();
        }
    }
}
