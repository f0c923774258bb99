/* SPDX-License-Identifier: Apache-2.0 */
package io.pinyon.kernels.cuda;

import java.io.IOException;
import java.io.InputStream;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;

import io.pinyon.cuda.driver.KernelImages;
import org.junit.jupiter.api.Test;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assumptions.assumeThat;

class BundledKernelsTest {
    private static final int FATBIN_MAGIC = 0xBA55ED50;

    private final BundledKernels kernels = new BundledKernels();

    @Test
    void isAServiceOnTheModulePathAndOnTheClassPath() throws IOException {
        String service = KernelImages.class.getName();
        assertThat(BundledKernels.class.getModule().getDescriptor().provides()).anySatisfy(provided -> {
            assertThat(provided.service()).isEqualTo(service);
            assertThat(provided.providers()).containsExactly(BundledKernels.class.getName());
        });
        try (InputStream in = BundledKernels.class.getResourceAsStream("/META-INF/services/" + service)) {
            assertThat(in).hasContent(BundledKernels.class.getName());
        }
    }

    @Test
    void everyListedImageIsAFatbin() throws IOException {
        assumeThat(kernels.names()).as("images, packed where nvcc is").isNotEmpty();
        for (String name : kernels.names()) {
            byte[] image = kernels.read(name).orElseThrow();
            assertThat(ByteBuffer.wrap(image).order(ByteOrder.LITTLE_ENDIAN).getInt()).as(name).isEqualTo(FATBIN_MAGIC);
        }
    }

    @Test
    void anUnknownImageIsAbsent() throws IOException {
        assertThat(kernels.read("nosuch")).isEmpty();
        assertThat(kernels.read("../cuda/kernels")).isEmpty();
    }

    @Test
    void saysWhatItWasBuiltFor() {
        assertThat(kernels.description()).startsWith("pinyon-kernels-cuda ")
                .contains(kernels.names().isEmpty() ? "without kernels" : " for ");
    }
}
