/* SPDX-License-Identifier: Apache-2.0 */
package io.pinyon;

import java.nio.file.Files;
import java.nio.file.Path;

import io.pinyon.device.DeviceChoice;
import io.pinyon.device.Devices;
import io.pinyon.error.ModelFileException;

/** Puts a model together. */
final class Loading {
    private Loading() {}

    static Model load(Path path, ModelOptions options) {
        DeviceChoice choice = Devices.open(options.device(), options.deviceOptions());
        choice.device().close();
        throw unknownFamily(path);
    }

    static ModelInfo describe(Path path) {
        if (!Files.exists(path)) {
            throw new ModelFileException("PIN-FILE-MISSING", "there is no " + path, "check the path");
        }
        throw unknownFamily(path);
    }

    private static ModelFileException unknownFamily(Path path) {
        return new ModelFileException("PIN-MODEL-ARCHITECTURE", path + " is of an unknown model family",
                "this build knows none");
    }
}
