/* SPDX-License-Identifier: Apache-2.0 */
package io.pinyon.model.convert;

/** Is told how far a conversion is. */
@FunctionalInterface
public interface ProgressListener {
    /**
     * A tensor begins.
     *
     * @param name its name in the new file
     * @param done tensors before it
     * @param total tensors in all
     */
    void begins(String name, int done, int total);

    /** Listens to nothing. */
    static ProgressListener none() {
        return (_, _, _) -> {};
    }
}
