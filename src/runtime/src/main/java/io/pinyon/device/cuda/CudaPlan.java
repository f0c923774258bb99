/* SPDX-License-Identifier: Apache-2.0 */
package io.pinyon.device.cuda;

import java.util.ArrayList;
import java.util.EnumMap;
import java.util.List;
import java.util.Map;

import io.pinyon.device.Compute;
import io.pinyon.device.DeviceOptions;
import io.pinyon.device.Workload;
import io.pinyon.device.cuda.Scratch.Use;
import io.pinyon.memory.MemoryPlan;
import io.pinyon.memory.MemoryPlan.Item;
import io.pinyon.memory.Purpose;
import io.pinyon.memory.Tier;

/**
 * What a {@link CudaDevice} books for a workload: its scratch buffers are asked for in the order in which the ops do, and
 * grow as those of {@link CudaMemory}. The driver counts more, by the gaps of {@link DeviceHeap} and by its context.
 */
final class CudaPlan implements Scratch {
    private final Workload work;
    private final Compute compute;
    private final int multiprocessors;
    private final Map<Use, Long> present = new EnumMap<>(Use.class);
    private long scratchBytes;

    private CudaPlan(Workload work, Compute compute, int multiprocessors) {
        this.work = work;
        this.compute = compute;
        this.multiprocessors = multiprocessors;
    }

    /** On a GPU of so many multiprocessors, which the attention of few rows is divided among. */
    static MemoryPlan of(Workload work, Compute compute, int multiprocessors, DeviceOptions options) {
        var plan = new CudaPlan(work, compute, multiprocessors);
        plan.work.matrices().forEach(matrix -> WeightUpload.reserve(plan, matrix.format(), matrix.bytes()));
        work.stepRows().forEach(plan::step);
        SamplingKernels.reserve(plan, 1, work.vocabulary());
        int layers = work.layouts().size();
        List<Item> items = new ArrayList<>(List.of(
                new Item(Tier.DEVICE, Purpose.WEIGHTS, "weights", work.matrixBytes() + work.vectorBytes()),
                new Item(Tier.DEVICE, Purpose.ACTIVATIONS, "working memory of a step", work.workingBytes()),
                new Item(Tier.DEVICE, Purpose.ACTIVATIONS, "block tables",
                        DeviceKvTable.bytes(layers, work.maxRows(), work.pages())),
                new Item(Tier.DEVICE, Purpose.STAGING, "scratch of the kernels", plan.scratchBytes),
                new Item(Tier.HOST, Purpose.STAGING, "page-locked buffers",
                        CudaDevice.RING_BYTES + WeightUpload.PINNED_BYTES)));
        items.addAll(1, work.kvItems(Tier.DEVICE));
        items.addAll(TierPlan.items(work, options.groupBytes(), options.kvFile().isPresent()));
        return new MemoryPlan(items);
    }

    private void step(int rows) {
        for (Workload.Matrix matrix : work.matrices()) {
            if (matrix.everyRow() && rows > GemvPlan.MAX_ROWS) {
                MatmulKernels.reserve(this, GemmPlan.of(matrix.format(), matrix.rows(), matrix.cols(), compute), rows,
                        matrix.rows());
            }
        }
        var step = new AttentionPlan.Step(rows, rows, Math.ceilDiv(rows, CudaKvTable.TILE_ROWS));
        AttentionKernels.reserve(this, AttentionPlan.of(step, work.layouts().getFirst(), work.attention(), compute,
                multiprocessors), work.attention());
    }

    /** Books a buffer that there is not. */
    @Override
    public long buffer(Use use, long bytes) {
        long before = present.getOrDefault(use, 0L);
        if (before < bytes) {
            long size = CudaMemory.bufferBytes(before, bytes);
            present.put(use, size);
            scratchBytes += size;
        }
        return 0;
    }
}
