/* SPDX-License-Identifier: Apache-2.0 */
package io.pinyon;

import io.pinyon.device.Compute;
import io.pinyon.device.DeviceOptions;
import io.pinyon.error.UsageException;

/**
 * How a model is loaded.
 *
 * @param device {@code auto} for the best usable one, a kind ({@code scalar}, {@code cpu}, {@code cuda}), or a kind and
 *     an index ({@code cuda:1})
 * @param deviceOptions threads, vector width, memory limit, precision of products, bridge to the CUDA driver
 * @param prefillChunk most tokens of a prompt that run at once; more is faster and takes more working memory
 */
public record ModelOptions(String device, DeviceOptions deviceOptions, int prefillChunk) {
    private static final int DEFAULT_CHUNK = 512;
    private static final int MAX_CHUNK = 1 << 16;

    /**
     * Checks the numbers.
     *
     * @throws UsageException {@code PIN-OPTION-PREFILLCHUNK}, {@code PIN-OPTION-THREADS} or
     *     {@code PIN-OPTION-MEMORYLIMIT}
     */
    public ModelOptions {
        Options.require(prefillChunk >= 1 && prefillChunk <= MAX_CHUNK, "PIN-OPTION-PREFILLCHUNK", "prefill chunk",
                prefillChunk,
                "use 1 to " + MAX_CHUNK + " tokens");
        int threads = deviceOptions.threads().orElse(1);
        Options.require(threads >= 1, "PIN-OPTION-THREADS", "number of threads", threads, "use 1 or more");
        long limit = deviceOptions.memoryLimit().orElse(0);
        Options.require(limit >= 0, "PIN-OPTION-MEMORYLIMIT", "memory limit", limit, "use a number of bytes");
    }

    /** The best usable device, and everything chosen by it. */
    public static ModelOptions defaults() {
        return new ModelOptions("auto", DeviceOptions.defaults(), DEFAULT_CHUNK);
    }

    /** The same with another device. */
    public ModelOptions withDevice(String name) {
        return new ModelOptions(name, deviceOptions, prefillChunk);
    }

    /** The same with other device options. */
    public ModelOptions withDeviceOptions(DeviceOptions options) {
        return new ModelOptions(device, options, prefillChunk);
    }

    /** The same with another number of worker threads. */
    public ModelOptions withThreads(int count) {
        return withDeviceOptions(deviceOptions.withThreads(count));
    }

    /** The same with another vector width of the {@code cpu} device. */
    public ModelOptions withVectorBits(int bits) {
        return withDeviceOptions(deviceOptions.withVectorBits(bits));
    }

    /** The same with a limit for the device's memory. */
    public ModelOptions withMemoryLimit(long bytes) {
        return withDeviceOptions(deviceOptions.withMemoryLimit(bytes));
    }

    /** The same with another precision of products of many rows, on devices that have the choice. */
    public ModelOptions withCompute(Compute precision) {
        return withDeviceOptions(deviceOptions.withCompute(precision));
    }

    /**
     * The same with one bridge to the CUDA driver instead of the best usable one.
     *
     * @param name {@code ffm}, {@code javacpp} or {@code jcuda}
     */
    public ModelOptions withCudaBridge(String name) {
        return withDeviceOptions(deviceOptions.withCudaBridge(name));
    }

    /** The same with another prefill chunk. */
    public ModelOptions withPrefillChunk(int tokens) {
        return new ModelOptions(device, deviceOptions, tokens);
    }
}
