/* SPDX-License-Identifier: Apache-2.0 */
package io.pinyon.device.cpu;

import java.util.HashMap;
import java.util.Locale;
import java.util.Map;
import java.util.Optional;
import java.util.concurrent.ConcurrentHashMap;

import io.pinyon.format.KvFormat;
import io.pinyon.format.WeightFormat;

/**
 * All kernels of one vector width.
 *
 * @param rows kernels on encoded rows, by the name of the format in upper case
 * @param tiles matrix products of float32 tiles
 * @param elements kernels on rows of float32 values
 * @param exponentials kernels that need the exponential function
 */
record Kernels(Map<String, RowKernel> rows, TileKernels tiles, ElementKernels elements,
        ExponentialKernels exponentials) {
    private static final Map<Integer, Kernels> BY_BITS = new ConcurrentHashMap<>();

    /**
     * The kernels of a width; copied when first asked for, then shared by all devices, as compiled code should be.
     *
     * @param bits 64, 128, 256 or 512
     */
    static Kernels ofWidth(int bits) {
        return BY_BITS.computeIfAbsent(bits, Kernels::copy);
    }

    private static Kernels copy(int bits) {
        var rows = new HashMap<String, RowKernel>();
        rows.putAll(Specialised.instance(RowKernel.Family.class, PlainRows.class, bits).kernels());
        rows.putAll(Specialised.instance(RowKernel.Family.class, BlockRows.class, bits).kernels());
        rows.putAll(Specialised.instance(RowKernel.Family.class, SuperBlockRows.class, bits).kernels());
        return new Kernels(Map.copyOf(rows), Specialised.instance(TileKernels.class, VectorTileKernels.class, bits),
                Specialised.instance(ElementKernels.class, VectorElementKernels.class, bits),
                Specialised.instance(ExponentialKernels.class, VectorExponentialKernels.class, bits));
    }

    /** The kernel for rows of a format; formats without one of their own are decoded as they define it. */
    RowKernel rowKernel(WeightFormat format) {
        RowKernel kernel = rows.get(format.name());
        int block = format.blockElements();
        return kernel != null
                ? kernel
                : new RowKernel(Optional.empty(), (source, offset, out, outOffset, count) -> format.decode(source,
                        offset, out, outOffset, count / block));
    }

    /** The decoder of consecutive cached entries of {@code dim} elements. */
    RowKernel.Decoder entryDecoder(KvFormat format, int dim) {
        RowKernel kernel = rows.get(format.name().toUpperCase(Locale.ROOT));
        if (kernel != null) {
            return kernel.decoder();
        }
        int entryBytes = format.entryBytes(dim);
        return (source, offset, out, outOffset, count) -> {
            for (int i = 0; i < count / dim; i++) {
                format.decode(source, offset + (long) i * entryBytes, out, outOffset + i * dim, dim);
            }
        };
    }
}
