/* SPDX-License-Identifier: Apache-2.0 */
package io.pinyon.cuda.ffm.child;

import java.util.Optional;

import io.pinyon.cuda.driver.CudaDrivers;

/** Prints why there is no CUDA driver; runs in a JVM of its own, whose options are under test. */
public final class ChooseMain {
    private ChooseMain() {}

    static void main() {
        CudaDrivers.Choice choice = CudaDrivers.choose(Optional.of("ffm"));
        System.out.println(choice.driver().map(driver -> "usable: " + driver.bridge()).orElse("not usable"));
        choice.refusals().forEach(System.out::println);
    }
}
