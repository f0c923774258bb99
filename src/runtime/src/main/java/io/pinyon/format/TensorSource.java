/* SPDX-License-Identifier: Apache-2.0 */
package io.pinyon.format;

import java.util.Optional;
import java.util.Set;

/** A file, or several, that holds named tensors. Closing it unmaps every {@link TensorData} obtained from it. */
public interface TensorSource extends AutoCloseable {
    /** Names of all tensors. */
    Set<String> names();

    /** The tensor of this name. */
    Optional<TensorData> find(String name);

    @Override
    void close();
}
