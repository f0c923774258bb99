/* SPDX-License-Identifier: Apache-2.0 */
package io.pinyon.cuda.javacpp;

import java.net.URL;
import java.net.URLClassLoader;

import io.pinyon.cuda.driver.CudaDriverProvider;
import io.pinyon.cuda.driver.CudaDriverProvider.Probe;
import io.pinyon.cuda.driver.CudaDrivers;
import org.junit.jupiter.api.Assumptions;
import org.junit.jupiter.api.Test;

import static org.assertj.core.api.Assertions.assertThat;

class JavaCppDriverProviderTest {
    private static final String PROVIDER = "io.pinyon.cuda.javacpp.JavaCppDriverProvider";

    @Test
    void isFoundByItsName() {
        assertThat(CudaDrivers.names()).contains("javacpp");
    }

    @Test
    void saysEveryTimeThatThereIsNoDriver() {
        for (int i = 0; i < 2; i++) {
            Probe probe = new JavaCppDriverProvider().probe();
            Assumptions.assumeTrue(probe instanceof Probe.NotUsable, "this machine has an NVIDIA driver");
            assertThat(probe).isEqualTo(new Probe.NotUsable("there is no NVIDIA driver: libcuda.so.1 is not found",
                    "install the NVIDIA driver, or add its folder to LD_LIBRARY_PATH"));
        }
    }

    @Test
    void saysThatTheJarIsMissing() throws Exception {
        URL[] ours = {location(JavaCppDriverProvider.class), location(CudaDriverProvider.class)};
        assertThat(probe(ours)).contains("NotUsable[reason=org.bytedeco:cuda is not there")
                .contains("remedy=add org.bytedeco:cuda 13.3 to the class path");
    }

    @Test
    void saysThatTheNativesAreMissing() throws Exception {
        URL[] withoutNatives = {location(JavaCppDriverProvider.class), location(CudaDriverProvider.class),
                location(org.bytedeco.cuda.presets.cudart.class), location(org.bytedeco.javacpp.Pointer.class)};
        assertThat(probe(withoutNatives))
                .contains("reason=the native libraries of org.bytedeco:cuda are missing for this platform")
                .contains("linux-x86_64");
    }

    /** What the provider says when it sees only these. */
    private static String probe(URL[] classPath) throws Exception {
        try (var loader = new URLClassLoader(classPath, ClassLoader.getPlatformClassLoader())) {
            Class<?> provider = loader.loadClass(PROVIDER);
            Object instance = provider.getConstructor().newInstance();
            return provider.getMethod("probe").invoke(instance).toString();
        }
    }

    private static URL location(Class<?> type) {
        return type.getProtectionDomain().getCodeSource().getLocation();
    }
}
