/* SPDX-License-Identifier: Apache-2.0 */
package io.pinyon.device.cpu;

import java.util.ArrayList;
import java.util.List;

import io.pinyon.device.host.HostInts;
import io.pinyon.device.host.HostTensor;
import io.pinyon.device.host.HostWeights;

/**
 * Products with weight matrices, divided by rows of the weights.
 *
 * <p>One row of {@code x} is multiplied with the encoded weights where they lie, at the speed of memory. For a few rows
 * each weight row is decoded once. For many rows tiles of weights are decoded and multiplied with {@code x} packed into
 * panels, at the speed of arithmetic.
 */
final class CpuMatmul {
    /** Up to here, decoding a weight row and multiplying it with each row of x is the faster way. */
    private static final int FEW_ROWS = 16;

    /** Weight rows that are decoded at a time for few rows of x. */
    private static final int FEW_ROWS_TILE = 4;

    /** Most bytes of weights in an item of a product with few rows: enough for prefetching, and to share fairly. */
    private static final long MOST_ITEM_BYTES = 128 << 10;

    /** Fewer bytes than this are not worth another item. */
    private static final long LEAST_ITEM_BYTES = 16 << 10;

    private static final int TILE_ROWS = 48;
    private static final int TILE_DEPTH = 512;

    /** Panels that an item multiplies its tile of weights with; they fit in the second-level cache. */
    private static final int SLICE_PANELS = 4;

    /** Rows of x that are packed at a time. */
    private static final int PACKED_ROWS = 1024;

    private final WorkerTeam team;
    private final Kernels kernels;
    private final Scratch.Buffer packed;
    private final Scratch.Buffer[] decoded;
    private final Scratch.Buffer[] results;

    CpuMatmul(WorkerTeam team, Kernels kernels, Scratch scratch) {
        this.team = team;
        this.kernels = kernels;
        this.packed = scratch.buffer();
        this.decoded = scratch.buffers(team.size());
        this.results = scratch.buffers(team.size());
    }

    /** Whether so many rows of x are packed. */
    static boolean packs(int rows) {
        return rows > FEW_ROWS;
    }

    /** Values of the panels of rows of x. */
    static long packedValues(int rows, int depth, int width) {
        return (long) Math.ceilDiv(Math.min(rows, PACKED_ROWS), width) * width * depth;
    }

    /** Values of weights that are decoded at a time for few rows of x. */
    static int fewValues(int cols) {
        return FEW_ROWS_TILE * cols;
    }

    /** Values of weights that are decoded at a time for packed rows of x. */
    static int tileValues(int cols) {
        return TILE_ROWS * Math.min(TILE_DEPTH, cols);
    }

    /** Values of the result of a tile of weights. */
    static int resultValues(int width) {
        return SLICE_PANELS * TILE_ROWS * width;
    }

    /** A right side and its result. */
    record Product(HostWeights weights, HostTensor out) {}

    /** Consecutive items that belong to one product. */
    private record Part(HostWeights weights, HostTensor out, RowKernel kernel, int rowsPerItem, int items) {
        int first(int item) {
            return item * rowsPerItem;
        }

        int last(int item) {
            return Math.min(weights.rows(), (item + 1) * rowsPerItem);
        }
    }

    @FunctionalInterface
    private interface PartTask {
        void run(int member, Part part, int fromRow, int toRow, int slice);
    }

    void embed(HostWeights table, HostInts tokens, float scale, HostTensor out) {
        RowKernel.Decoder decoder = kernels.rowKernel(table.format()).decoder();
        team.run(tokens.length(), (_, r) -> {
            decoder.decode(table.segment(), table.rowOffset(tokens.data()[r]), out.data(), out.row(r), out.cols());
            if (scale != 1) {
                kernels.elements().scale(out.data(), out.row(r), scale, out.cols());
            }
        });
    }

    void multiply(HostTensor x, List<Product> products) {
        if (!packs(x.rows())) {
            share(products, this::rowsPerStreamedItem, 1,
                    (member, part, from, to, _) -> multiplyFew(member, x, part, from, to));
            return;
        }
        for (int row = 0; row < x.rows(); row += PACKED_ROWS) {
            multiplyPacked(x, row, Math.min(PACKED_ROWS, x.rows() - row), products);
        }
    }

    @FunctionalInterface
    private interface ItemSize {
        int rows(HostWeights weights);
    }

    private int rowsPerStreamedItem(HostWeights weights) {
        long rowBytes = Math.max(1, weights.rowOffset(1));
        long fair = weights.rows() / (2L * team.size());
        long rows = Math.max(LEAST_ITEM_BYTES / rowBytes + 1, Math.min(MOST_ITEM_BYTES / rowBytes, fair));
        // whole tiles, so that what is in a tile does not depend on the number of threads
        return (int) (rows + FEW_ROWS_TILE - 1) / FEW_ROWS_TILE * FEW_ROWS_TILE;
    }

    /** Divides the rows of all products into items, times the slices of x, and runs them in one go. */
    private void share(List<Product> products, ItemSize size, int slices, PartTask task) {
        var parts = new ArrayList<Part>(products.size());
        int items = 0;
        for (Product product : products) {
            int rows = size.rows(product.weights());
            int count = (product.weights().rows() + rows - 1) / rows;
            parts.add(new Part(product.weights(), product.out(), kernels.rowKernel(product.weights().format()), rows,
                    count));
            items += count;
        }
        team.run(items * slices, (member, item) -> {
            int local = item / slices;
            int index = 0;
            while (local >= parts.get(index).items()) {
                local -= parts.get(index++).items();
            }
            Part part = parts.get(index);
            task.run(member, part, part.first(local), part.last(local), item % slices);
        });
    }

    private void multiplyFew(int member, HostTensor x, Part part, int from, int to) {
        HostWeights weights = part.weights();
        HostTensor out = part.out();
        int cols = x.cols();
        if (x.rows() == 1 && part.kernel().product().isPresent()) {
            part.kernel().product().get().multiply(weights.segment(), weights.rowOffset(from), to - from, x.data(),
                    x.offset(), cols, out.data(), out.offset() + from);
            return;
        }
        float[] tile = decoded[member].of(fewValues(cols));
        for (int n = from; n < to; n += FEW_ROWS_TILE) {
            int count = Math.min(FEW_ROWS_TILE, to - n);
            part.kernel().decoder().decode(weights.segment(), weights.rowOffset(n), tile, 0, count * cols);
            kernels.elements().products(tile, 0, count, x.data(), x.offset(), x.rows(), cols, out.data(),
                    out.offset() + n, out.cols());
        }
    }

    private void multiplyPacked(HostTensor x, int firstRow, int rows, List<Product> products) {
        int width = kernels.tiles().panelWidth();
        int depth = x.cols();
        int panels = (rows + width - 1) / width;
        float[] right = packed.of(Math.toIntExact(packedValues(rows, depth, width)));
        team.run(panels, (_, p) -> kernels.tiles().pack(x.data(), x.row(firstRow + p * width), depth,
                Math.min(width, rows - p * width), depth, right, p * width * depth));
        int slices = (panels + SLICE_PANELS - 1) / SLICE_PANELS;
        share(products, _ -> TILE_ROWS, slices, (member, part, from, to, slice) -> {
            int firstPanel = slice * SLICE_PANELS;
            int count = Math.min(SLICE_PANELS * width, rows - firstPanel * width);
            multiplyTile(member, part, from, to, right, firstPanel * width * depth, count, depth);
            transpose(results[member].of(0), from, to, part.out(), firstRow + firstPanel * width, count);
        });
    }

    /** Multiplies a tile of weight rows with consecutive panels; the result is one panel after the other. */
    private void multiplyTile(int member, Part part, int from, int to, float[] right, int rightOffset, int columns,
            int depth) {
        TileKernels tiles = kernels.tiles();
        HostWeights weights = part.weights();
        int width = tiles.panelWidth();
        int tileRows = (to - from + tiles.rowGroup() - 1) / tiles.rowGroup() * tiles.rowGroup();
        float[] result = results[member].of(resultValues(width));
        for (int k = 0; k < depth; k += TILE_DEPTH) {
            int length = Math.min(TILE_DEPTH, depth - k);
            float[] left = decoded[member].of(tileValues(length));
            for (int n = from; n < to; n++) {
                part.kernel().decoder().decode(weights.segment(), weights.rowOffset(n) + weights.format().bytes(k),
                        left, (n - from) * length, length);
            }
            for (int p = 0; p * width < columns; p++) {
                tiles.multiply(left, 0, length, 1, right, rightOffset + (p * depth + k) * width, length, tileRows,
                        Math.min(width, columns - p * width), result, p * TILE_ROWS * width, k > 0);
            }
        }
    }

    private void transpose(float[] result, int from, int to, HostTensor out, int firstRow, int rows) {
        int width = kernels.tiles().panelWidth();
        float[] target = out.data();
        for (int r = 0; r < rows; r++) {
            int column = r / width * TILE_ROWS * width + r % width;
            int at = out.row(firstRow + r) + from;
            for (int i = 0; i < to - from; i++) {
                target[at + i] = result[column + i * width];
            }
        }
    }
}
