/* SPDX-License-Identifier: Apache-2.0 */
package io.pinyon.device.contract;

/**
 * What every device's ops must do; one subclass per device and nothing else.
 *
 * <p>Expected values come from {@link Reference}, allowed errors from {@link Tolerances}, inputs from {@link Samples}.
 */
public abstract class OpsContract
        implements
            MatmulContract,
            ElementContract,
            RopeContract,
            AttentionContract,
            TierContract,
            TierFaultContract,
            FusedContract,
            SamplingContract,
            RecordingContract,
            RefusalContract {}
