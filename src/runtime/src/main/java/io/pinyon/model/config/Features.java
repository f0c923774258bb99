/* SPDX-License-Identifier: Apache-2.0 */
package io.pinyon.model.config;

import io.pinyon.error.ModelFileException;

/** Refusals of what a family cannot compute. */
public final class Features {
    private Features() {}

    /**
     * Refuses a feature.
     *
     * @param feature its name in the file, with the value
     * @return the exception to throw, {@code PIN-MODEL-FEATURE}
     */
    public static ModelFileException refuse(String feature) {
        return new ModelFileException("PIN-MODEL-FEATURE", "the model has " + feature
                + ", which Pinyon cannot compute", "choose a model without it");
    }

    /**
     * Refuses a feature if it is there.
     *
     * @throws ModelFileException {@code PIN-MODEL-FEATURE}
     */
    public static void refuseIf(boolean present, String feature) {
        if (present) {
            throw refuse(feature);
        }
    }

    /**
     * The exception for a value that makes no sense.
     *
     * @param what key and value
     * @param expected what would make sense
     * @return the exception to throw, {@code PIN-MODEL-CONFIG}
     */
    public static ModelFileException implausible(String what, String expected) {
        return new ModelFileException("PIN-MODEL-CONFIG", what + ", which should be " + expected,
                "fetch or convert the model again");
    }
}
