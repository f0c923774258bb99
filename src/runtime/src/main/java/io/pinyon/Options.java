/* SPDX-License-Identifier: Apache-2.0 */
package io.pinyon;

import io.pinyon.error.UsageException;

/** Refuses option values. */
final class Options {
    private Options() {}

    static void require(boolean valid, String code, String option, Object value, String remedy) {
        if (!valid) {
            throw new UsageException(code, option + " is " + value, remedy);
        }
    }
}
