/* SPDX-License-Identifier: Apache-2.0 */
package io.pinyon.device;

/** One page of cached keys and values in a device's memory; its contents are laid out by a {@link KvLayout}. */
public interface KvPage extends AutoCloseable {
    /** Bytes of the page. */
    long bytes();

    /** Gives the memory back; harmless when repeated. */
    @Override
    void close();
}
