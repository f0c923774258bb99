/* SPDX-License-Identifier: Apache-2.0 */
package io.pinyon.cuda.javacpp;

import org.junit.jupiter.api.Test;

import static org.assertj.core.api.Assertions.assertThat;

class LoadFailureTest {
    @Test
    void namesTheRuntimeLibraryIfOnlyThatIsMissing() {
        var failure = new UnsatisfiedLinkError("no jnicudart in java.library.path: /usr/lib");
        failure.initCause(new UnsatisfiedLinkError("/home/x/.javacpp/cache/libjnicudart.so: libcudart.so.13: cannot "
                + "open shared object file: No such file or directory"));
        assertThat(LoadFailure.explain(failure).reason()).contains("libcudart.so.13");
        assertThat(LoadFailure.explain(failure).remedy()).contains("CUDA 13").contains("ffm");
    }

    @Test
    void keepsTheFirstFailureOfAClassThatIsBroken() {
        var again = new NoClassDefFoundError("Could not initialize class org.bytedeco.cuda.global.cudart");
        again.initCause(new ExceptionInInitializerError("java.lang.UnsatisfiedLinkError: libjnicudart.so: undefined "
                + "symbol: cuNew"));
        assertThat(LoadFailure.explain(again).reason()).startsWith("org.bytedeco:cuda cannot be loaded")
                .contains("undefined symbol: cuNew");
    }
}
