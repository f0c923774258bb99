/* SPDX-License-Identifier: Apache-2.0 */
package io.pinyon.cuda.driver;

import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.function.Function;

/** Chooses a bridge: the first of the result is its name, or {@code none}; the refusals follow. */
public final class Chooser implements Function<Optional<String>, List<String>> {
    /** Has no state. */
    public Chooser() {}

    @Override
    public List<String> apply(Optional<String> forced) {
        CudaDrivers.Choice choice = CudaDrivers.choose(forced);
        List<String> result = new ArrayList<>();
        result.add(choice.driver().map(CudaDriver::bridge).orElse("none"));
        result.addAll(choice.refusals());
        return result;
    }
}
