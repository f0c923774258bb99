/* SPDX-License-Identifier: Apache-2.0 */
package io.pinyon.kv.place;

import io.pinyon.error.UsageException;

/** How much of a cache may lie on one tier. */
public sealed interface Limit {
    /** As much as there is room for. */
    Limit NONE = new Unlimited();

    /**
     * Pages of a layer that may lie there.
     *
     * @param capacityPages pages of the layer when the cache is full
     * @param pageBytesOfAllLayers bytes of one page of every layer together
     */
    int pages(int capacityPages, long pageBytesOfAllLayers);

    /** No limit. */
    record Unlimited() implements Limit {
        @Override
        public int pages(int capacityPages, long pageBytesOfAllLayers) {
            return capacityPages;
        }

        @Override
        public String toString() {
            return "all";
        }
    }

    /**
     * A part of the full cache.
     *
     * @param percent from 0 to 100
     */
    record Percent(double percent) implements Limit {
        /** Checks the range. */
        public Percent {
            if (!(percent >= 0 && percent <= 100)) {
                throw new UsageException("PIN-KV-SYNTAX", "a limit of " + percent + " %", "use 0 % to 100 %");
            }
        }

        @Override
        public int pages(int capacityPages, long pageBytesOfAllLayers) {
            return (int) Math.floor(capacityPages * percent / 100);
        }

        @Override
        public String toString() {
            return (percent == Math.rint(percent) ? Long.toString((long) percent) : Double.toString(percent)) + "%";
        }
    }

    /**
     * A number of bytes, of all layers together.
     *
     * @param bytes at least 0
     */
    record Bytes(long bytes) implements Limit {
        /** Checks the range. */
        public Bytes {
            if (bytes < 0) {
                throw new UsageException("PIN-KV-SYNTAX", "a limit of " + bytes + " bytes", "use a number from 0");
            }
        }

        @Override
        public int pages(int capacityPages, long pageBytesOfAllLayers) {
            return (int) Math.min(capacityPages, bytes / pageBytesOfAllLayers);
        }

        @Override
        public String toString() {
            return Long.toString(bytes);
        }
    }
}
