/* SPDX-License-Identifier: Apache-2.0 */
package io.pinyon.format;

import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;
import java.nio.ByteOrder;

/** F32: IEEE 754 binary32. */
record F32Format() implements WeightFormat {
    private static final ValueLayout.OfFloat FLOAT = ValueLayout.JAVA_FLOAT_UNALIGNED
            .withOrder(ByteOrder.LITTLE_ENDIAN);

    @Override
    public String name() {
        return "F32";
    }

    @Override
    public int ggmlType() {
        return 0;
    }

    @Override
    public int blockElements() {
        return 1;
    }

    @Override
    public int blockBytes() {
        return Float.BYTES;
    }

    @Override
    public void decode(MemorySegment src, long srcOffset, float[] dst, int dstOffset, int blocks) {
        MemorySegment.copy(src, FLOAT, srcOffset, dst, dstOffset, blocks);
    }

    @Override
    public boolean encodes() {
        return true;
    }

    @Override
    public void encode(float[] src, int srcOffset, MemorySegment dst, long dstOffset, int blocks) {
        MemorySegment.copy(src, srcOffset, dst, FLOAT, dstOffset, blocks);
    }

    @Override
    public String toString() {
        return name();
    }
}
