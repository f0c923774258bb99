/* SPDX-License-Identifier: Apache-2.0 */
package io.pinyon.kernels.cuda;

import java.io.IOException;
import java.io.InputStream;
import java.io.UncheckedIOException;
import java.util.List;
import java.util.Optional;
import java.util.Properties;

import io.pinyon.cuda.driver.KernelImages;

/** The images that the build has packed beside this class; none if it ran without a CUDA compiler. */
public final class BundledKernels implements KernelImages {
    private static final String INDEX = "kernels.properties";

    private final String version;
    private final List<String> targets;
    private final List<String> names;

    /** Reads the list of images, not the images. */
    public BundledKernels() {
        Properties index = new Properties();
        try (InputStream in = BundledKernels.class.getResourceAsStream(INDEX)) {
            if (in == null) {
                throw new IllegalStateException(INDEX + " is missing beside " + BundledKernels.class.getName());
            }
            index.load(in);
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
        version = index.getProperty("version", "");
        targets = words(index, "targets");
        names = words(index, "images");
    }

    private static List<String> words(Properties index, String key) {
        String value = index.getProperty(key, "").strip();
        return value.isEmpty() ? List.of() : List.of(value.split(" "));
    }

    @Override
    public String description() {
        return names.isEmpty()
                ? "pinyon-kernels-cuda " + version + " without kernels (none were compiled)"
                : "pinyon-kernels-cuda " + version + " for " + String.join(", ", targets);
    }

    @Override
    public List<String> names() {
        return names;
    }

    @Override
    public Optional<byte[]> read(String name) throws IOException {
        if (!names.contains(name)) {
            return Optional.empty();
        }
        try (InputStream in = BundledKernels.class.getResourceAsStream(name + ".fatbin")) {
            if (in == null) {
                throw new IOException(name + ".fatbin is listed and missing");
            }
            return Optional.of(in.readAllBytes());
        }
    }
}
