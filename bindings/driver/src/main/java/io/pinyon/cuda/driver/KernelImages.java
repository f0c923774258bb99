/* SPDX-License-Identifier: Apache-2.0 */
package io.pinyon.cuda.driver;

import java.io.IOException;
import java.util.List;
import java.util.Optional;

/**
 * Compiled kernels that travel in a jar. Implementations are services: one class and one {@code provides} line.
 */
public interface KernelImages {
    /** What it is, for people: where it comes from and for which architectures. */
    String description();

    /** Names of the images, for example {@code elementwise}. */
    List<String> names();

    /**
     * The bytes of an image: a fatbin, cubin or PTX.
     *
     * @param name one of {@link #names}
     * @return empty if there is no such image
     * @throws IOException if it cannot be read
     */
    Optional<byte[]> read(String name) throws IOException;
}
