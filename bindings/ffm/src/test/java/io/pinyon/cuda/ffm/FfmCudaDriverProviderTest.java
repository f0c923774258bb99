/* SPDX-License-Identifier: Apache-2.0 */
package io.pinyon.cuda.ffm;

import java.io.File;
import java.io.IOException;
import java.net.URISyntaxException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.ServiceLoader;

import io.pinyon.cuda.driver.CudaDriverProvider;
import io.pinyon.cuda.driver.CudaDriverProvider.Probe;
import io.pinyon.cuda.driver.CudaDrivers;
import io.pinyon.cuda.ffm.child.ChooseMain;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

import static org.assertj.core.api.Assertions.assertThat;

class FfmCudaDriverProviderTest {
    @TempDir
    private Path directory;

    private static Probe.NotUsable refusal(String... libraries) {
        return (Probe.NotUsable) new FfmCudaDriverProvider(List.of(libraries)).probe();
    }

    @Test
    void isInstalledAndPreferred() {
        assertThat(ServiceLoader.load(CudaDriverProvider.class))
                .hasAtLeastOneElementOfType(FfmCudaDriverProvider.class);
        assertThat(CudaDrivers.names()).startsWith("ffm");
        assertThat(new FfmCudaDriverProvider().priority()).isEqualTo(100);
    }

    @Test
    void missingLibraryIsRefusedWithWhatWasTried() {
        String absent = directory.resolve("libcuda.so.1").toString();
        Probe.NotUsable no = refusal("libno-such-driver.so.1", absent);

        assertThat(no.reason()).contains("tried libno-such-driver.so.1, " + absent);
        assertThat(no.remedy()).contains("install the NVIDIA driver", "LD_LIBRARY_PATH");
    }

    @Test
    void librariesAreThoseOfTheSystem() {
        assertThat(FfmCudaDriverProvider.librariesOf("Linux")).startsWith("libcuda.so.1")
                .contains("/usr/local/nvidia/lib64/libcuda.so.1", "/usr/lib/wsl/lib/libcuda.so.1");
        assertThat(FfmCudaDriverProvider.librariesOf("Windows 11")).containsExactly("nvcuda.dll");
        assertThat(FfmCudaDriverProvider.librariesOf("Mac OS X")).isEmpty();
        assertThat(refusal().reason()).startsWith("there is no CUDA driver for ");
    }

    @Test
    void laterLibrariesAreTried() throws Exception {
        FakeDriver fake = FakeDriver.compile(directory);
        var provider = new FfmCudaDriverProvider(List.of("libno-such-driver.so.1", fake.path()));

        assertThat(provider.probe()).isInstanceOfSatisfying(Probe.Usable.class,
                usable -> assertThat(usable.driver().bridge()).isEqualTo("ffm"));
        assertThat(fake.calls()).containsExactly("cuDriverGetVersion", "cuInit 0");
    }

    @Test
    void oldDriverIsRefused() throws Exception {
        Probe.NotUsable no = refusal(FakeDriver.compile(directory, "VERSION=11080").path());

        assertThat(no.reason()).isEqualTo("the driver is old: it supports CUDA 11.8, and 12.0 or later is needed");
        assertThat(no.remedy()).isEqualTo("install NVIDIA driver 525 or later");
    }

    @Test
    void failureToInitialiseIsNamed() throws Exception {
        Probe.NotUsable none = refusal(FakeDriver.compile(directory, "INIT=100").path());
        assertThat(none.reason())
                .isEqualTo("cuInit: CUDA_ERROR_NO_DEVICE (100), no CUDA-capable device is detected");
        assertThat(none.remedy()).contains("nvidia-smi", "CUDA_VISIBLE_DEVICES");

        assertThat(refusal(FakeDriver.compile(directory, "INIT=34").path()).remedy()).contains("stubs");
        assertThat(refusal(FakeDriver.compile(directory, "INIT=803").path()).remedy()).contains("restart");
        assertThat(refusal(FakeDriver.compile(directory, "INIT=999").path()).remedy()).contains("nvidia-smi");
    }

    @Test
    void libraryThatIsNoDriverIsRefused() {
        assertThat(refusal(System.mapLibraryName("c") + ".6").reason())
                .contains("cuDriverGetVersion", "does not have this function");
    }

    @Test
    void deniedNativeAccessIsRefusedWithTheFlag() throws Exception {
        String classPath = location(ChooseMain.class) + File.pathSeparator + location(FfmCudaDriverProvider.class)
                + File.pathSeparator + location(CudaDriverProvider.class);
        assertThat(choose("--illegal-native-access=deny", "-cp", classPath)).startsWith("not usable")
                .contains("--enable-native-access=ALL-UNNAMED");

        String modules = location(FfmCudaDriverProvider.class) + File.pathSeparator
                + location(CudaDriverProvider.class);
        assertThat(choose("--illegal-native-access=deny", "-p", modules, "--add-modules", "io.pinyon.cuda.ffm", "-cp",
                location(ChooseMain.class))).startsWith("not usable")
                .contains("--enable-native-access=io.pinyon.cuda.ffm");
    }

    private static String location(Class<?> type) throws URISyntaxException {
        return Path.of(type.getProtectionDomain().getCodeSource().getLocation().toURI()).toString();
    }

    private static String choose(String... options) throws IOException, InterruptedException {
        List<String> command = new ArrayList<>();
        command.add(Path.of(System.getProperty("java.home"), "bin", "java").toString());
        command.addAll(List.of(options));
        command.add(ChooseMain.class.getName());
        Process java = new ProcessBuilder(command).redirectErrorStream(true).start();
        String output = new String(java.getInputStream().readAllBytes(), StandardCharsets.UTF_8);
        assertThat(java.waitFor()).as(output).isZero();
        return output;
    }
}
