/* SPDX-License-Identifier: Apache-2.0 */
package io.pinyon.bench;

import java.lang.management.ManagementFactory;

/** What is alive on the Java heap. */
final class JavaHeap {
    private static final int COLLECTIONS = 3;

    private JavaHeap() {}

    /** Bytes that are in use after collections; the least of several, because what is gone may take more than one. */
    static long used() {
        long least = Long.MAX_VALUE;
        for (int i = 0; i < COLLECTIONS; i++) {
            System.gc();
            least = Math.min(least, ManagementFactory.getMemoryMXBean().getHeapMemoryUsage().getUsed());
        }
        return least;
    }
}
