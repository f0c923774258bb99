/* SPDX-License-Identifier: Apache-2.0 */
package io.pinyon.device.cuda;

import io.pinyon.device.KvLayout;
import io.pinyon.device.Rope;

/** Storing keys and values. */
final class KvKernels {
    private static final String IMAGE = "kv";
    private static final int THREADS = 256;

    private final Gpu gpu;

    KvKernels(Gpu gpu) {
        this.gpu = gpu;
    }

    /**
     * Encodes the rows of a step into their pages; rows of no span are passed over.
     *
     * @param keys {@code [rows, kvHeads * keyDim]}
     * @param values {@code [rows, kvHeads * valueDim]}
     */
    void storeKv(CudaTensor keys, CudaTensor values, CudaKvTable.CudaLayer layer) {
        KvLayout layout = layer.layout();
        int each = elementsOfThread(layout);
        int width = layout.kvHeads() * (layout.keyDim() + layout.valueDim());
        Arguments arguments = gpu.arguments().pointer(keys).pointer(values);
        launch("kv_store_" + each, layer, width / each, KvArguments.append(arguments, layer));
    }

    /**
     * The same with the rotary embedding before it: keys are turned on their way into the pages and stay as they are in
     * {@code keys}; queries are turned in place, in every row.
     *
     * @param queries {@code [rows, heads * keyDim]}
     * @param keys {@code [rows, kvHeads * keyDim]}
     * @param values {@code [rows, kvHeads * valueDim]}
     * @param angles {@code [rows, ropeDim]}, see {@link io.pinyon.device.Ops#ropeAngles}
     */
    void ropeStore(CudaTensor queries, CudaTensor keys, CudaTensor values, CudaTensor angles, Rope.Style style,
            CudaKvTable.CudaLayer layer) {
        KvLayout layout = layer.layout();
        int heads = queries.cols() / layout.keyDim();
        int ropeDim = angles.cols();
        int each = ropeDim % 8 == 0 ? elementsOfThread(layout) : 1;
        int turned = ropeDim / (2 * each) + (layout.keyDim() - ropeDim) / each;
        int items = (heads + layout.kvHeads()) * turned + layout.kvHeads() * layout.valueDim() / each;
        Arguments arguments = gpu.arguments().pointer(queries).pointer(keys).pointer(values).pointer(angles);
        KvArguments.append(arguments, layer).integer(heads).integer(ropeDim)
                .integer(style == Rope.Style.NEIGHBOURS ? 1 : 0);
        launch("kv_rope_store_" + each, layer, items, arguments);
    }

    /** Elements that a thread takes with one load; four need entries that start at multiples of four. */
    static int elementsOfThread(KvLayout layout) {
        return layout.keyDim() % 4 == 0 && layout.valueDim() % 4 == 0 ? 4 : 1;
    }

    private void launch(String name, CudaKvTable.CudaLayer layer, int threadsOfRow, Arguments arguments) {
        if (layer.rows() > 0) {
            gpu.launch(gpu.kernel(IMAGE, name), layer.rows(), Math.ceilDiv(threadsOfRow, THREADS), THREADS, 0,
                    arguments);
        }
    }
}
