/* SPDX-License-Identifier: Apache-2.0 */
package io.pinyon;

import java.nio.file.Path;

import io.pinyon.device.Compute;
import io.pinyon.device.DeviceOptions;
import io.pinyon.device.FarAttention;
import io.pinyon.error.UsageException;
import io.pinyon.memory.MemoryBudget;

/**
 * How a model is loaded.
 *
 * @param device {@code auto} for the best usable one, a kind ({@code scalar}, {@code cpu}, {@code cuda}), or a kind and
 *     an index ({@code cuda:1})
 * @param deviceOptions threads, vector width, memory budget, precision of products, bridge to the CUDA driver, and how
 *     keys and values lie elsewhere than in the device's memory
 * @param prefillChunk most tokens of a prompt that run at once; more is faster and takes more working memory
 * @param sharePrefixes whether sessions whose prompts begin alike hold the keys and values of what is common only once
 * @param reuseBytes most bytes of keys and values of closed sessions that are kept for prompts that begin like theirs;
 *     above 0 only with {@code sharePrefixes}
 */
public record ModelOptions(String device, DeviceOptions deviceOptions, int prefillChunk, boolean sharePrefixes,
        long reuseBytes) {
    private static final int DEFAULT_CHUNK = 512;
    private static final int MAX_CHUNK = 1 << 16;

    /**
     * Checks the numbers.
     *
     * @throws UsageException {@code PIN-OPTION-PREFILLCHUNK}, {@code PIN-OPTION-THREADS}, {@code PIN-OPTION-GROUP} or
     *     {@code PIN-OPTION-REUSE}
     */
    public ModelOptions {
        Options.require(prefillChunk >= 1 && prefillChunk <= MAX_CHUNK, "PIN-OPTION-PREFILLCHUNK", "prefill chunk",
                prefillChunk,
                "use 1 to " + MAX_CHUNK + " tokens");
        int threads = deviceOptions.threads().orElse(1);
        Options.require(threads >= 1, "PIN-OPTION-THREADS", "number of threads", threads, "use 1 or more");
        Options.require(deviceOptions.groupBytes() >= 1, "PIN-OPTION-GROUP", "group of pages",
                deviceOptions.groupBytes() + " bytes", "use a number of bytes from 1");
        Options.require(reuseBytes >= 0, "PIN-OPTION-REUSE", "memory for reuse", reuseBytes + " bytes",
                "use a number of bytes from 0");
        Options.require(reuseBytes == 0 || sharePrefixes, "PIN-OPTION-REUSE", "memory for reuse",
                reuseBytes + " bytes although prefixes are not shared", "share prefixes, or keep nothing for reuse");
    }

    /** The best usable device, and everything chosen by it. */
    public static ModelOptions defaults() {
        return new ModelOptions("auto", DeviceOptions.defaults(), DEFAULT_CHUNK, false, 0);
    }

    /** The same with another device. */
    public ModelOptions withDevice(String name) {
        return new ModelOptions(name, deviceOptions, prefillChunk, sharePrefixes, reuseBytes);
    }

    /** The same with other device options. */
    public ModelOptions withDeviceOptions(DeviceOptions options) {
        return new ModelOptions(device, options, prefillChunk, sharePrefixes, reuseBytes);
    }

    /** The same with another number of worker threads. */
    public ModelOptions withThreads(int count) {
        return withDeviceOptions(deviceOptions.withThreads(count));
    }

    /** The same with another vector width of the {@code cpu} device. */
    public ModelOptions withVectorBits(int bits) {
        return withDeviceOptions(deviceOptions.withVectorBits(bits));
    }

    /** The same with other limits for what the device holds. */
    public ModelOptions withBudget(MemoryBudget budget) {
        return withDeviceOptions(deviceOptions.withBudget(budget));
    }

    /** The same with a file for pages of keys and values that are to lie on disk. */
    public ModelOptions withKvFile(Path file) {
        return withDeviceOptions(deviceOptions.withKvFile(file));
    }

    /** The same with another way for attention to read pages that lie elsewhere than in an accelerator's memory. */
    public ModelOptions withFarAttention(FarAttention way) {
        return withDeviceOptions(deviceOptions.withFarAttention(way));
    }

    /** The same with a limit for the device's own memory. */
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
        return new ModelOptions(device, deviceOptions, tokens, sharePrefixes, reuseBytes);
    }

    /** The same, sharing what prompts have in common or not; without sharing nothing is kept for reuse either. */
    public ModelOptions withSharePrefixes(boolean share) {
        return new ModelOptions(device, deviceOptions, prefillChunk, share, share ? reuseBytes : 0);
    }

    /** The same with another number of bytes kept for reuse; with more than 0, prefixes are shared. */
    public ModelOptions withReuseBytes(long bytes) {
        return new ModelOptions(device, deviceOptions, prefillChunk, sharePrefixes || bytes > 0, bytes);
    }
}
