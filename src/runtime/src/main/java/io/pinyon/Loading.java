/* SPDX-License-Identifier: Apache-2.0 */
package io.pinyon;

import java.lang.System.Logger.Level;
import java.nio.file.Path;
import java.util.LinkedHashMap;
import java.util.Map;
import java.util.OptionalInt;

import io.pinyon.device.Device;
import io.pinyon.device.DeviceChoice;
import io.pinyon.device.Devices;
import io.pinyon.engine.Engine;
import io.pinyon.engine.Snapshots;
import io.pinyon.kv.KvPool;
import io.pinyon.memory.Bytes;
import io.pinyon.memory.ProgressListener;
import io.pinyon.model.LoadOptions;
import io.pinyon.model.LoadedModel;
import io.pinyon.model.ModelConfig;
import io.pinyon.model.ModelDescription;
import io.pinyon.model.Models;
import io.pinyon.tokenizer.Tokenizers;

/** Puts a model together: device, weights, tokenizer, engine. What was opened is closed again if something fails. */
final class Loading {
    private static final System.Logger LOG = System.getLogger("io.pinyon");

    private Loading() {}

    static Model load(Path path, ModelOptions options, ProgressListener listener) {
        Resources resources = new Resources();
        try {
            DeviceChoice choice = Devices.open(options.device(), options.deviceOptions());
            resources.add(choice.device()::close);
            LoadedModel loaded = Models.load(path, choice.device(),
                    new LoadOptions(options.prefillChunk(), OptionalInt.empty()), listener);
            resources.add(loaded::close);
            TokenizerSlot tokenizer = TokenizerSlot.open(() -> loaded.metadata()
                    .map(metadata -> Tokenizers.fromVocabulary(new GgufVocabulary(metadata)))
                    .orElseGet(() -> Tokenizers.fromDirectory(path)));
            resources.add(tokenizer::close);
            tokenizer.textual().ifPresent(textual -> loaded.requireVocabulary(textual.vocabularySize()));
            KvPool pool = new KvPool(choice.device(), pooling(choice.device(), loaded, options));
            resources.add(pool::close);
            KvTierOpening tiers = new KvTierOpening(options.deviceOptions(), options.sharePrefixes());
            // pages that are still open when the store is closed stay in it
            resources.add(tiers::close);
            resources.add(pool::storeReusable);
            Engine engine = new Engine(loaded.model(), options.prefillChunk());
            resources.add(engine::close);
            ModelInfo info = info(loaded.description());
            Snapshots snapshots = new Snapshots(engine, choice.device(), info.name(), loaded::fingerprint);
            LOG.log(Level.DEBUG, () -> "loaded %s: %s, %d parameters, %s, tokenizer %s, on %s (%s)".formatted(path,
                    info.architecture(), info.parameters(), Bytes.format(info.fileBytes()), tokenizer.describe(),
                    choice.device().info().id(), choice.reason()));
            return new Model(info, choice, loaded.model(), tokenizer, engine, pool, snapshots, tiers, resources);
        } catch (RuntimeException | Error e) {
            resources.closeAfter(e);
            throw e;
        }
    }

    /** What is kept for reuse can be found by the next process if there is a page file. */
    private static KvPool.Options pooling(Device device, LoadedModel loaded, ModelOptions options) {
        boolean stores = options.sharePrefixes() && options.deviceOptions().kvFile().isPresent();
        return new KvPool.Options(device.tier(), options.sharePrefixes(), options.reuseBytes(),
                stores ? options.deviceOptions().budget().disk().orElse(Long.MAX_VALUE) : 0,
                stores ? loaded.fingerprint().toString() : "");
    }

    static ModelInfo describe(Path path) {
        return info(Models.describe(path));
    }

    private static ModelInfo info(ModelDescription description) {
        ModelConfig config = description.config();
        Map<String, String> details = new LinkedHashMap<>();
        details.put("rope", description.rope());
        if (description.slidingWindow() > 0) {
            details.put("sliding window",
                    description.slidingWindow() + " tokens in " + description.slidingLayers() + " layers");
        }
        return new ModelInfo(config.architecture(), config.name(), description.container(), description.parameters(),
                description.fileBytes(), config.layers(), config.hiddenSize(), config.heads(), config.kvHeads(),
                config.headDim(), config.feedForwardSize(), config.vocabularySize(), config.contextLength(),
                description.tensorsByFormat(), details);
    }
}
