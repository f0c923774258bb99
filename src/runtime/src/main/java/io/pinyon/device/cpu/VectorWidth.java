/* SPDX-License-Identifier: Apache-2.0 */
package io.pinyon.device.cpu;

import java.util.Set;
import jdk.incubator.vector.VectorShape;

import io.pinyon.device.DeviceOptions;
import io.pinyon.error.DeviceException;
import io.pinyon.error.UsageException;

/** Which vector widths there are here; needs the module of the Vector API. */
final class VectorWidth {
    private static final Set<Integer> SUPPORTED = Set.of(64, 128, 256, 512);
    private static final int WIDEST = 512;

    private VectorWidth() {}

    /** The width in bits that the machine prefers. */
    static int preferred() {
        return Math.min(WIDEST, VectorShape.preferredShape().vectorBitSize());
    }

    /** The largest width in bits that the machine has. */
    static int most() {
        return VectorShape.S_Max_BIT.vectorBitSize();
    }

    /**
     * The width that options ask for, or the preferred one.
     *
     * @throws UsageException {@code PIN-DEVICE-WIDTH} if there are no kernels of that width
     * @throws DeviceException {@code PIN-DEVICE-WIDTH} if the machine has no vectors that wide
     */
    static int choose(DeviceOptions options) {
        int bits = options.vectorBits().orElse(preferred());
        if (!SUPPORTED.contains(bits)) {
            throw new UsageException("PIN-DEVICE-WIDTH", "a vector width of " + bits + " bits",
                    "use 64, 128, 256 or 512");
        }
        if (bits > most()) {
            throw new DeviceException("PIN-DEVICE-WIDTH",
                    "a vector width of " + bits + " bits on a machine with " + most(), "use at most " + most());
        }
        return bits;
    }
}
