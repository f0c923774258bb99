/* SPDX-License-Identifier: Apache-2.0 */
package io.pinyon.bench;

import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;
import java.util.ArrayList;
import java.util.List;

import io.pinyon.device.Device;
import io.pinyon.device.WeightMatrix;
import io.pinyon.format.TensorData;
import io.pinyon.format.WeightFormat;
import io.pinyon.format.WeightFormats;

/** Matrices of one shape that together fill memory, to be used one after the other so that caches do not help. */
final class Weights implements AutoCloseable {
    private final Arena arena = Arena.ofShared();
    private final MemorySegment memory;
    private final List<WeightMatrix> matrices = new ArrayList<>();
    private int next;

    Weights(Device device, String format, int rows, int cols, long totalBytes) {
        WeightFormat layout = WeightFormats.byName(format).orElseThrow();
        long bytes = layout.bytes(cols) * rows;
        long count = Math.max(1, totalBytes / bytes);
        memory = arena.allocate(count * bytes, 64);
        fill(memory);
        for (long i = 0; i < count; i++) {
            matrices.add(device.load(new TensorData("w" + i, layout, List.of((long) rows, (long) cols),
                    memory.asSlice(i * bytes, bytes))));
        }
    }

    /** Bits that are harmless in every format: no exponent is extreme. */
    private static void fill(MemorySegment memory) {
        for (long i = 0; i + Long.BYTES <= memory.byteSize(); i += Long.BYTES) {
            memory.set(ValueLayout.JAVA_LONG_UNALIGNED, i, (i * 0x9E3779B97F4A7C15L) & 0x3f3f2f3f3f2f3f3fL);
        }
    }

    MemorySegment memory() {
        return memory;
    }

    WeightMatrix next() {
        next = (next + 1) % matrices.size();
        return matrices.get(next);
    }

    @Override
    public void close() {
        matrices.forEach(WeightMatrix::close);
        arena.close();
    }
}
