/* SPDX-License-Identifier: Apache-2.0 */
package io.pinyon.format;

import java.lang.invoke.MethodHandles;
import java.lang.invoke.VarHandle;
import java.nio.ByteOrder;

import io.pinyon.error.ModelFileException;

/** Little-endian fields of a block that lies in a byte array. */
final class BlockBits {
    private static final VarHandle U16 = MethodHandles.byteArrayViewVarHandle(short[].class, ByteOrder.LITTLE_ENDIAN);
    private static final VarHandle U32 = MethodHandles.byteArrayViewVarHandle(int[].class, ByteOrder.LITTLE_ENDIAN);

    private BlockBits() {}

    static int u8(byte[] b, int at) {
        return b[at] & 0xff;
    }

    static int u16(byte[] b, int at) {
        return (short) U16.get(b, at) & 0xffff;
    }

    static int u32(byte[] b, int at) {
        return (int) U32.get(b, at);
    }

    static float f16(byte[] b, int at) {
        return Float.float16ToFloat((short) U16.get(b, at));
    }

    static void putU32(byte[] b, int at, int value) {
        U32.set(b, at, value);
    }

    /**
     * Stores the scale or minimum of a block.
     *
     * @throws ModelFileException {@code PIN-FORMAT-RANGE} if half precision cannot hold it
     */
    static void putF16(byte[] b, int at, float value) {
        short half = Float.floatToFloat16(value);
        if (!Float.isFinite(Float.float16ToFloat(half))) {
            throw new ModelFileException("PIN-FORMAT-RANGE", "the block scale " + value
                    + " is beyond half precision (65504)", "keep the tensor in F32 or BF16");
        }
        U16.set(b, at, half);
    }

    /** The reciprocal of a scale; 0 for an all-zero block. */
    static float inverse(float d) {
        return d == 0 ? 0 : 1 / d;
    }
}
