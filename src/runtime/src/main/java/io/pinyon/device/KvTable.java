/* SPDX-License-Identifier: Apache-2.0 */
package io.pinyon.device;

/**
 * Which rows of a step read and write which cached entries, kept in a device's memory: the block tables of all layers.
 *
 * <p>Ops that get a table's layer read from it when they run, not when they are issued, so that a {@link Recording} works
 * on what {@code Device.write} wrote last. The views' pages must stay open until the ops that use
 * them are done; writing the table again does not wait for them.
 */
public interface KvTable extends AutoCloseable {
    /** Number of layers. */
    int layers();

    /** Most rows of a step. */
    int maxRows();

    /**
     * One layer, for {@link Ops#storeKv} and {@link Ops#attention}.
     *
     * @param index from 0
     */
    Layer layer(int index);

    /**
     * Whether all pages of the last write lie in the device's own memory. Only then may ops that use the table be recorded,
     * and a recording be run: others bring pages in on the way.
     */
    boolean local();

    /** Gives the memory back; harmless when repeated. */
    @Override
    void close();

    /** One layer of a table. */
    interface Layer {
        /** Which one. */
        int index();
    }
}
