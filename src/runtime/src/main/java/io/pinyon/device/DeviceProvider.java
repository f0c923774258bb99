/* SPDX-License-Identifier: Apache-2.0 */
package io.pinyon.device;

import java.util.List;

import io.pinyon.memory.MemoryPlan;
import io.pinyon.memory.Tier;

/**
 * Finds and opens the devices of one kind. Implementations are services: one class and one {@code provides} line.
 *
 * <p>A provider never throws because something is missing: it says so by {@link Availability}.
 */
public interface DeviceProvider {
    /** The kind as options name it, for example {@code cpu}. */
    String kind();

    /** Higher wins when the choice is automatic. */
    int priority();

    /** What there is, and if nothing, why not. */
    List<Availability> probe();

    /**
     * Opens a device.
     *
     * @param index which one of the kind, from 0
     * @throws io.pinyon.error.DeviceException if it is not usable, with the reason that {@link #probe} gives
     */
    Device open(int index, DeviceOptions options);

    /** The tier that is the device's own, which a memory limit counts. */
    Tier tier();

    /**
     * Bytes that a device holds at the peak of a workload, as it would book them; without opening one, and also where
     * none is usable, if that does not change the sum.
     *
     * @param options how it would be opened
     * @throws io.pinyon.error.DeviceException if the device cannot do such work
     */
    MemoryPlan plan(Workload work, DeviceOptions options);

    /** Whether a device can be used. */
    sealed interface Availability {
        /** It can. */
        record Usable(DeviceInfo info) implements Availability {}

        /**
         * It cannot.
         *
         * @param id which one
         * @param reason why
         * @param remedy what would help, for example the exact flag to add
         */
        record NotUsable(String id, String reason, String remedy) implements Availability {}
    }
}
