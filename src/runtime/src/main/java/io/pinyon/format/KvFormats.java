/* SPDX-License-Identifier: Apache-2.0 */
package io.pinyon.format;

import java.lang.foreign.MemorySegment;
import java.util.List;
import java.util.Optional;

/** The registry of KV formats: one line each. */
public final class KvFormats {
    /** IEEE binary16; magnitudes from 65520 on become infinite. */
    public static final KvFormat F16 = new Plain("f16", WeightFormats.F16);

    /** bfloat16: the range of float32 with 8 bits of precision. */
    public static final KvFormat BF16 = new Plain("bf16", WeightFormats.BF16);

    /** IEEE binary32: exact. */
    public static final KvFormat F32 = new Plain("f32", WeightFormats.F32);

    private static final List<KvFormat> ALL = List.of(F16, BF16, F32);

    private KvFormats() {}

    /** Every known format, in the order of registration. */
    public static List<KvFormat> all() {
        return ALL;
    }

    /** The format with this name, in any case. */
    public static Optional<KvFormat> byName(String name) {
        return ALL.stream().filter(format -> format.name().equalsIgnoreCase(name)).findFirst();
    }

    /** Elements one after the other, little endian, rounded to nearest even. */
    private record Plain(String name, WeightFormat element) implements KvFormat {
        @Override
        public int entryBytes(int dim) {
            return Math.multiplyExact(dim, element.blockBytes());
        }

        @Override
        public void encode(float[] src, int srcOffset, MemorySegment page, long offset, int dim) {
            element.encode(src, srcOffset, page, offset, dim);
        }

        @Override
        public void decode(MemorySegment page, long offset, float[] dst, int dstOffset, int dim) {
            element.decode(page, offset, dst, dstOffset, dim);
        }

        @Override
        public String toString() {
            return name;
        }
    }
}
