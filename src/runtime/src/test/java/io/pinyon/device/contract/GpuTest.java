/* SPDX-License-Identifier: Apache-2.0 */
package io.pinyon.device.contract;

import java.lang.annotation.ElementType;
import java.lang.annotation.Retention;
import java.lang.annotation.RetentionPolicy;
import java.lang.annotation.Target;

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
    /** Asks the device provider. */
    class Condition implements ExecutionCondition {
        @Override
        public ConditionEvaluationResult evaluateExecutionCondition(ExtensionContext context) {
            DeviceProvider provider = new CudaDeviceProvider();
            for (Availability availability : provider.probe()) {
                if (availability instanceof Availability.NotUsable refusal) {
                    return ConditionEvaluationResult.disabled(refusal.id() + ": " + refusal.reason());
                }
            }
            return ConditionEvaluationResult.enabled("there is a GPU");
        }
    }
}
