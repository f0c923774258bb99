/* SPDX-License-Identifier: Apache-2.0 */
package io.pinyon.cuda.driver;

/**
 * How a kernel is launched.
 *
 * @param gridX blocks in x, at least 1
 * @param gridY blocks in y, at least 1
 * @param gridZ blocks in z, at least 1
 * @param blockX threads of a block in x, at least 1
 * @param blockY threads of a block in y, at least 1
 * @param blockZ threads of a block in z, at least 1
 * @param sharedBytes dynamic shared memory of a block
 * @param clusterX blocks of a cluster in x; 1 for none
 * @param overlapping whether blocks may start before the kernel before them in the stream has ended (programmatic
 *     dependent launch); such a kernel waits by itself
 */
public record LaunchShape(int gridX, int gridY, int gridZ, int blockX, int blockY, int blockZ, int sharedBytes,
        int clusterX, boolean overlapping) {
    /** A plain launch. */
    public static LaunchShape of(int gridX, int gridY, int gridZ, int blockX, int sharedBytes) {
        return new LaunchShape(gridX, gridY, gridZ, blockX, 1, 1, sharedBytes, 1, false);
    }

    /** Whether it needs launch attributes. */
    public boolean hasAttributes() {
        return clusterX > 1 || overlapping;
    }
}
