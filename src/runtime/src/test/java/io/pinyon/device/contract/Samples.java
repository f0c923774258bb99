/* SPDX-License-Identifier: Apache-2.0 */
package io.pinyon.device.contract;

import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;
import java.util.List;
import java.util.Random;
import java.util.stream.Stream;

import io.pinyon.format.KvFormat;
import io.pinyon.format.KvFormats;
import io.pinyon.format.TensorData;
import io.pinyon.format.WeightFormat;
import io.pinyon.format.WeightFormats;

/** Sizes at which kernels go wrong, and random inputs. */
public final class Samples {
    /** Around every vector width, block size and unrolling. */
    static final List<Integer> SIZES = List.of(1, 2, 3, 5, 7, 8, 15, 16, 17, 31, 32, 33, 63, 64, 65, 127, 128, 129, 255,
            256, 257, 511, 513, 1031);

    /** Rows of a step: decoding, small batches, a prefill chunk that is not a multiple of anything. */
    static final List<Integer> ROWS = List.of(1, 2, 3, 4, 5, 8, 17, 33);

    /** What floats are like at their worst, without overflow. */
    static final float[] EXTREMES = {0f, -0f, Float.MIN_VALUE, -Float.MIN_VALUE, 1e-40f, Float.MIN_NORMAL, 1e-20f,
            1e-7f,
            0.5f, 1f, -1f, 3f, -3f, 8.5f, -8.5f, 20f, -20f, 88f, -88f, 104f, -104f, 1e4f, -1e4f};

    private Samples() {}

    /** All weight formats, for {@code @MethodSource}. */
    public static Stream<WeightFormat> weightFormats() {
        return WeightFormats.all().stream();
    }

    /** All KV formats, for {@code @MethodSource}. */
    public static Stream<KvFormat> kvFormats() {
        return KvFormats.all().stream();
    }

    static float[] normal(int count, Random random) {
        float[] values = new float[count];
        for (int i = 0; i < count; i++) {
            values[i] = (float) random.nextGaussian();
        }
        return values;
    }

    static float[] scaled(float[] values, double factor) {
        float[] scaled = new float[values.length];
        for (int i = 0; i < values.length; i++) {
            scaled[i] = (float) (values[i] * factor);
        }
        return scaled;
    }

    /** Ordinary values with extremes strewn in. */
    static float[] rough(int count, Random random) {
        float[] values = normal(count, random);
        for (int i = 0; i < count; i++) {
            if (random.nextInt(3) == 0) {
                values[i] = EXTREMES[random.nextInt(EXTREMES.length)];
            }
        }
        return values;
    }

    static <T> T pick(List<T> list, Random random) {
        return list.get(random.nextInt(list.size()));
    }

    static TensorData matrix(Arena arena, WeightFormat format, int rows, int cols, Random random) {
        if (format.encodes()) {
            return encoded(arena, format, rows, normal(rows * cols, random));
        }
        int blocks = rows * cols / format.blockElements();
        MemorySegment bytes = arena.allocate(Math.max(1, (long) blocks * format.blockBytes()));
        for (int i = 0; i < blocks; i++) {
            block(format, bytes, (long) i * format.blockBytes(), random);
        }
        return new TensorData("random", format, List.of((long) rows, (long) cols), bytes);
    }

    static TensorData encoded(Arena arena, WeightFormat format, int rows, float... values) {
        int cols = values.length / rows;
        MemorySegment bytes = arena.allocate(rows * format.bytes(cols));
        format.encode(values, 0, bytes, 0, values.length / format.blockElements());
        return new TensorData("given", format, List.of((long) rows, (long) cols), bytes.asReadOnly());
    }

    /** Any bytes are a valid block, but only some have a scale that a model would have. */
    private static void block(WeightFormat format, MemorySegment bytes, long offset, Random random) {
        float[] values = new float[format.blockElements()];
        do {
            byte[] block = new byte[format.blockBytes()];
            random.nextBytes(block);
            MemorySegment.copy(block, 0, bytes, ValueLayout.JAVA_BYTE, offset, block.length);
            format.decode(bytes, offset, values, 0, 1);
        } while (!plausible(values));
    }

    private static boolean plausible(float[] values) {
        double largest = 0;
        for (float value : values) {
            if (!Float.isFinite(value)) {
                return false;
            }
            largest = Math.max(largest, Math.abs(value));
        }
        return largest > 1e-3 && largest < 100;
    }
}
