/* SPDX-License-Identifier: Apache-2.0 */
package io.pinyon.device.contract;

import java.lang.annotation.ElementType;
import java.lang.annotation.Retention;
import java.lang.annotation.RetentionPolicy;
import java.lang.annotation.Target;

import io.pinyon.device.Device;
import io.pinyon.device.DeviceOptions;
import io.pinyon.device.DeviceProvider;
import io.pinyon.device.DeviceProvider.Availability;
import io.pinyon.device.cuda.CudaDeviceProvider;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.extension.ConditionEvaluationResult;
import org.junit.jupiter.api.extension.ExecutionCondition;
import org.junit.jupiter.api.extension.ExtendWith;
import org.junit.jupiter.api.extension.ExtensionContext;

/** A class of tests that need an NVIDIA GPU; where there is none they are skipped, and the report says why. */
@Tag("gpu")
@ExtendWith(GpuTest.Condition.class)
@Target(ElementType.TYPE)
@Retention(RetentionPolicy.RUNTIME)
public @interface GpuTest {
    /** Asks the device provider, and keeps a device open: making the driver's context anew takes longer than most tests. */
    class Condition implements ExecutionCondition {
        private static final class Kept {
            private static final Device DEVICE = new CudaDeviceProvider().open(0, DeviceOptions.defaults());
        }

        @Override
        public ConditionEvaluationResult evaluateExecutionCondition(ExtensionContext context) {
            DeviceProvider provider = new CudaDeviceProvider();
            for (Availability availability : provider.probe()) {
                if (availability instanceof Availability.NotUsable refusal) {
                    return ConditionEvaluationResult.disabled(refusal.id() + ": " + refusal.reason());
                }
            }
            return ConditionEvaluationResult.enabled(Kept.DEVICE.info().description());
        }
    }
}
