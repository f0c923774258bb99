/* SPDX-License-Identifier: Apache-2.0 */
package io.pinyon.cuda.jcuda;

import java.net.URL;
import java.net.URLClassLoader;

import io.pinyon.cuda.driver.CudaDriverProvider;
import io.pinyon.cuda.driver.CudaDriverProvider.Probe;
import io.pinyon.cuda.driver.CudaDrivers;
import org.junit.jupiter.api.Assumptions;
import org.junit.jupiter.api.Test;

import static org.assertj.core.api.Assertions.assertThat;

class JCudaDriverProviderTest {
    private static final String PROVIDER = "io.pinyon.cuda.jcuda.JCudaDriverProvider";

    @Test
    void isFoundByItsName() {
        assertThat(CudaDrivers.names()).contains("jcuda");
    }

    @Test
    void saysEveryTimeThatThereIsNoDriver() {
        for (int i = 0; i < 2; i++) {
            Probe probe = new JCudaDriverProvider().probe();
            Assumptions.assumeTrue(probe instanceof Probe.NotUsable, "this machine has an NVIDIA driver");
            assertThat(probe).isEqualTo(new Probe.NotUsable("there is no NVIDIA driver: libcuda.so.1 is not found",
                    "install the NVIDIA driver, or add its folder to LD_LIBRARY_PATH"));
        }
    }

    @Test
    void saysThatTheJarIsMissing() throws Exception {
        URL[] ours = {location(JCudaDriverProvider.class), location(CudaDriverProvider.class)};
        assertThat(probe(ours)).contains("NotUsable[reason=org.jcuda:jcuda is not there")
                .contains("remedy=add org.jcuda:jcuda 12.6.0 to the class path");
    }

    @Test
    void saysWhyABrokenClassIsBroken() {
        var again = new NoClassDefFoundError("Could not initialize class jcuda.driver.JCudaDriver");
        again.initCause(new ExceptionInInitializerError("java.lang.UnsatisfiedLinkError"));
        assertThat(LoadFailure.explain(again).reason()).startsWith("org.jcuda:jcuda cannot be loaded");
    }

    @Test
    void saysThatTheNativesAreMissing() {
        var failure = new UnsatisfiedLinkError("Error while loading native library\njava.io.IOException: No resource "
                + "found with name '/lib/libJCudaDriver-12.6.0-linux-x86_64.so'");
        assertThat(LoadFailure.explain(failure).reason()).contains("native libraries")
                .contains("missing for this platform");
        assertThat(LoadFailure.explain(failure).remedy()).contains("jcuda-natives").contains("linux-x86_64");
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
