/* SPDX-License-Identifier: Apache-2.0 */
package io.pinyon;

import java.nio.file.Path;
import java.util.List;

import io.pinyon.device.DeviceProvider.Availability;
import io.pinyon.device.Devices;
import io.pinyon.memory.ProgressListener;

/** Where everything begins: loads models and tells what there is. */
public final class Pinyon {
    private Pinyon() {}

    /** Loads a model with {@link ModelOptions#defaults}. */
    public static Model load(Path path) {
        return load(path, ModelOptions.defaults());
    }

    /**
     * Loads a model.
     *
     * @param path a GGUF file, or a Hugging Face directory with {@code config.json} and safetensors files
     * @return the model; the caller closes it
     * @throws io.pinyon.error.ModelFileException if a file is missing, malformed or of an unknown kind
     * @throws io.pinyon.error.DeviceException if the device is not usable or has no kernel for a weight format
     * @throws io.pinyon.error.MemoryException if the weights do not fit
     * @throws io.pinyon.error.UsageException if there is no such device
     */
    public static Model load(Path path, ModelOptions options) {
        return load(path, options, ProgressListener.NONE);
    }

    /**
     * As {@link #load(Path, ModelOptions)}, and tells how many bytes of weights have come to the device.
     *
     * @param listener called once for each tensor; an exception that it throws ends the loading
     */
    public static Model load(Path path, ModelOptions options, ProgressListener listener) {
        return Loading.load(path, options, listener);
    }

    /** What every device provider says, the preferred one first. Devices that cannot be used are listed with why. */
    public static List<DeviceReport> devices() {
        return Devices.providers().stream().flatMap(provider -> provider.probe().stream()).map(Pinyon::report).toList();
    }

    /**
     * Facts about a model file, without loading its weights or opening a device.
     *
     * @param path as for {@link #load}
     * @throws io.pinyon.error.ModelFileException if a file is missing, malformed or of an unknown kind
     */
    public static ModelInfo describe(Path path) {
        return Loading.describe(path);
    }

    /**
     * What a model and sessions of it would hold on a device at their peak, and whether that fits; nothing is loaded. With
     * a {@link ModelOptions#withBudget budget} it is its limits that they have to fit in, otherwise what the device has
     * free. A kind of device that is not usable here can be planned for by name.
     *
     * @param path as for {@link #load}
     * @param options how the model would be loaded
     * @param session how each session would be opened; it is filled to its context length
     * @param sessions number of sessions, at least 1
     * @throws io.pinyon.error.ModelFileException as for {@link #describe}
     * @throws io.pinyon.error.DeviceException {@code PIN-DEVICE-UNUSABLE} if no sum can be made without the device
     * @throws io.pinyon.error.UsageException {@code PIN-DEVICE-…}, {@code PIN-KV-…}, {@code PIN-OPTION-CONTEXT} or
     *     {@code PIN-OPTION-SESSIONS}
     */
    public static Plan plan(Path path, ModelOptions options, SessionOptions session, int sessions) {
        return Planning.plan(path, options, session, sessions);
    }

    /**
     * Options with which a model and its sessions fit in memory, as {@link #plan} sees it. If they do not as they are, this
     * gives up one thing after the other, each only as far as needed: the prefill chunk, down to 64 tokens; keys and values
     * in 32 bits, for 16; keys and values in the device's own memory, for host memory and, with a
     * {@link ModelOptions#withKvFile page file}, disk; last the context, down to 256 tokens. The number of sessions stays.
     * Smaller weights, and KV formats below 16 bits, are never chosen.
     * Where the later steps make room for it, the prefill chunk grows again.
     *
     * @param session how each session would be opened; as KV specification {@code auto} too, which begins with
     *     {@code full}
     * @return options that fit, and what was given up; whether the context is long enough is for the caller to say
     * @throws io.pinyon.error.MemoryException {@code PIN-MEMORY-PLAN} if nothing of all this helps
     * @throws io.pinyon.error.UsageException as for {@link #plan}
     */
    public static Fit fit(Path path, ModelOptions options, SessionOptions session, int sessions) {
        return Fitting.fit(path, options, session, sessions);
    }

    private static DeviceReport report(Availability availability) {
        return switch (availability) {
            case Availability.Usable usable -> new DeviceReport(usable.info().id(), true, usable.info().description(),
                    "", "");
            case Availability.NotUsable not -> new DeviceReport(not.id(), false, "", not.reason(), not.remedy());
        };
    }
}
