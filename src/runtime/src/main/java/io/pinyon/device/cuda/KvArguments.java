/* SPDX-License-Identifier: Apache-2.0 */
package io.pinyon.device.cuda;

import java.util.List;

import io.pinyon.device.KvLayout;
import io.pinyon.error.DeviceException;
import io.pinyon.format.KvFormat;
import io.pinyon.format.KvFormats;

/** Pages and tables as kernels take them: the structures {@code Table} and {@code Shape} of {@code kv/pages.cuh}. */
final class KvArguments {
    /** In the order of the kernels' numbers. */
    private static final List<KvFormat> FORMATS = List.of(KvFormats.F32, KvFormats.F16, KvFormats.BF16);

    private KvArguments() {}

    /** Appends the table of a step and the layout of the layer's pages. */
    static Arguments append(Arguments arguments, CudaKvTable.CudaLayer layer) {
        KvLayout layout = layer.layout();
        return arguments.pointer(layer.rowSpan()).pointer(layer.rowPosition()).pointer(layer.spans())
                .pointer(layer.pageLists()).pointer(layer.tiles()).integer(number(layout.keyFormat()))
                .integer(number(layout.valueFormat())).integer(layout.kvHeads()).integer(layout.keyDim())
                .integer(layout.valueDim()).integer(Integer.numberOfTrailingZeros(layout.pageTokens()));
    }

    private static int number(KvFormat format) {
        int number = FORMATS.indexOf(format);
        if (number < 0) {
            throw new DeviceException("PIN-CUDA-KVFORMAT", "no CUDA kernel for keys and values as " + format.name(),
                    "use one of " + FORMATS.stream().map(KvFormat::name).toList() + ", or --device cpu");
        }
        return number;
    }
}
