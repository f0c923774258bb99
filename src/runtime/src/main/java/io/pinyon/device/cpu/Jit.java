/* SPDX-License-Identifier: Apache-2.0 */
package io.pinyon.device.cpu;

import java.lang.management.ManagementFactory;
import java.util.Locale;

/** What the just-in-time compiler will do: without its optimising stage the Vector API is far slower than plain code. */
final class Jit {
    static final String WARNING = "the optimising compiler is off, remove -Xint, -client or -XX:TieredStopAtLevel";

    private Jit() {}

    /** Whether vector kernels will be compiled to vector instructions, as far as the command line tells. */
    static boolean optimises() {
        String mode = System.getProperty("java.vm.info", "").toLowerCase(Locale.ROOT);
        String name = System.getProperty("java.vm.name", "").toLowerCase(Locale.ROOT);
        if (mode.contains("interpreted") || name.contains("client")) {
            return false;
        }
        return ManagementFactory.getRuntimeMXBean().getInputArguments().stream()
                .noneMatch(argument -> argument.matches("-XX:TieredStopAtLevel=[0-3]"));
    }
}
