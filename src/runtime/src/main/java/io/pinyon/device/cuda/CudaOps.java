/* SPDX-License-Identifier: Apache-2.0 */
package io.pinyon.device.cuda;

import java.util.List;

import io.pinyon.device.Activation;
import io.pinyon.device.AttentionPart;
import io.pinyon.device.AttentionSpec;
import io.pinyon.device.Compute;
import io.pinyon.device.IntTensor;
import io.pinyon.device.KvTable;
import io.pinyon.device.Ops;
import io.pinyon.device.Projection;
import io.pinyon.device.Rope;
import io.pinyon.device.Tensor;
import io.pinyon.device.WeightMatrix;
import io.pinyon.device.support.KvShapes;
import io.pinyon.device.support.PartShapes;
import io.pinyon.device.support.Shapes;
import io.pinyon.format.WeightFormat;

/** Checks what ops are given and launches their kernels. */
final class CudaOps implements Ops {
    private final Gpu gpu;
    private final PlaneKernels planes;
    private final EmbedKernels embeddings;
    private final MatmulKernels products;
    private final ElementKernels elements;
    private final KvKernels pages;
    private final AttentionKernels attentions;
    private final PartKernels parts;
    private final SamplingKernels samplers;

    CudaOps(Gpu gpu, CudaMemory memory, Compute compute) {
        this.gpu = gpu;
        planes = new PlaneKernels(gpu);
        embeddings = new EmbedKernels(gpu);
        products = new MatmulKernels(gpu, memory, compute);
        elements = new ElementKernels(gpu);
        pages = new KvKernels(gpu);
        attentions = new AttentionKernels(gpu, memory, compute);
        parts = new PartKernels(gpu, memory, attentions);
        samplers = new SamplingKernels(gpu, memory);
    }

    /** What weights are arranged with. */
    PlaneKernels planes() {
        return planes;
    }

    /** Whether there are kernels for a format. */
    boolean supports(WeightFormat format) {
        return MatmulKernels.supports(format);
    }

    @Override
    public void embed(WeightMatrix table, IntTensor tokens, float scale, Tensor out) {
        CudaWeights weights = CudaWeights.of(table);
        CudaInts ids = CudaInts.of(tokens);
        CudaTensor result = CudaTensor.of(out);
        Shapes.embed(weights, ids, result);
        if (result.count() > 0) {
            gpu.run(() -> embeddings.embed(weights, ids, scale, result));
        }
    }

    @Override
    public void rmsNorm(Tensor x, Tensor weight, float epsilon, Tensor out) {
        CudaTensor input = CudaTensor.of(x);
        CudaTensor factors = CudaTensor.of(weight);
        CudaTensor result = CudaTensor.of(out);
        Shapes.rmsNorm(input, factors, result);
        if (result.count() > 0) {
            gpu.run(() -> elements.rmsNorm(input, factors, epsilon, result));
        }
    }

    @Override
    public void addRmsNorm(Tensor x, Tensor y, Tensor weight, float epsilon, Tensor out) {
        CudaTensor sum = CudaTensor.of(x);
        CudaTensor summand = CudaTensor.of(y);
        CudaTensor factors = CudaTensor.of(weight);
        CudaTensor result = CudaTensor.of(out);
        if (result.overlaps(sum) || result.overlaps(summand) || summand.overlaps(sum)) {
            Ops.super.addRmsNorm(x, y, weight, epsilon, out);
            return;
        }
        Shapes.add(sum, summand);
        Shapes.rmsNorm(sum, factors, result);
        if (result.count() > 0) {
            gpu.run(() -> elements.addRmsNorm(sum, summand, factors, epsilon, result));
        }
    }

    @Override
    public void matmul(Tensor x, WeightMatrix weights, Tensor out) {
        matmul(x, List.of(new Projection(weights, out)));
    }

    @Override
    public void matmul(Tensor x, List<Projection> projections) {
        CudaTensor input = CudaTensor.of(x);
        List<CudaWeights> matrices = projections.stream().map(p -> CudaWeights.of(p.weights())).toList();
        List<CudaTensor> results = projections.stream().map(p -> CudaTensor.of(p.out())).toList();
        for (int i = 0; i < results.size(); i++) {
            Shapes.matmul(input, matrices.get(i), results.get(i));
        }
        if (input.rows() > 0 && !results.isEmpty()) {
            gpu.run(() -> products.matmul(input, matrices, results));
        }
    }

    @Override
    public void addBias(Tensor x, Tensor bias) {
        CudaTensor target = CudaTensor.of(x);
        CudaTensor summand = CudaTensor.of(bias);
        Shapes.addBias(target, summand);
        if (target.count() > 0) {
            gpu.run(() -> elements.addBias(target, summand));
        }
    }

    @Override
    public void add(Tensor x, Tensor y) {
        CudaTensor target = CudaTensor.of(x);
        CudaTensor summand = CudaTensor.of(y);
        Shapes.add(target, summand);
        if (target.count() > 0) {
            gpu.run(() -> elements.add(target, summand));
        }
    }

    @Override
    public void scale(Tensor x, float factor) {
        CudaTensor target = CudaTensor.of(x);
        if (target.count() > 0) {
            gpu.run(() -> elements.scale(target, factor));
        }
    }

    @Override
    public void softcap(Tensor x, float cap) {
        CudaTensor target = CudaTensor.of(x);
        Shapes.softcap(target, cap);
        if (target.count() > 0) {
            gpu.run(() -> elements.softcap(target, cap));
        }
    }

    @Override
    public void gatedActivation(Activation activation, Tensor gate, Tensor up, Tensor out) {
        CudaTensor left = CudaTensor.of(gate);
        CudaTensor right = CudaTensor.of(up);
        CudaTensor result = CudaTensor.of(out);
        Shapes.gatedActivation(left, right, result);
        if (result.count() > 0) {
            gpu.run(() -> elements.gatedActivation(activation, left, right, result));
        }
    }

    @Override
    public void ropeAngles(Rope rope, IntTensor positions, Tensor out) {
        CudaInts places = CudaInts.of(positions);
        CudaTensor result = CudaTensor.of(out);
        Shapes.ropeAngles(rope, places, result);
        if (result.count() > 0) {
            gpu.run(() -> elements.ropeAngles(rope, places, result));
        }
    }

    @Override
    public void rope(Tensor x, int headDim, Tensor angles, Rope.Style style) {
        CudaTensor target = CudaTensor.of(x);
        CudaTensor turns = CudaTensor.of(angles);
        Shapes.rope(target, headDim, turns);
        if (target.count() > 0) {
            gpu.run(() -> elements.rope(target, headDim, turns, style));
        }
    }

    @Override
    public void storeKv(Tensor keys, Tensor values, KvTable.Layer entries) {
        CudaTensor k = CudaTensor.of(keys);
        CudaTensor v = CudaTensor.of(values);
        CudaKvTable.CudaLayer layer = DeviceKvTable.layerOf(entries);
        KvShapes.storeKv(k, v, layer.rows(), layer.layout());
        layer.requireWritable("storeKv");
        gpu.run(() -> pages.storeKv(k, v, layer));
    }

    @Override
    public void ropeAndStore(Tensor queries, Tensor keys, Tensor values, int headDim, Tensor angles, Rope.Style style,
            KvTable.Layer entries) {
        CudaTensor q = CudaTensor.of(queries);
        CudaTensor k = CudaTensor.of(keys);
        CudaTensor v = CudaTensor.of(values);
        CudaTensor turns = CudaTensor.of(angles);
        CudaKvTable.CudaLayer layer = DeviceKvTable.layerOf(entries);
        if (headDim != layer.layout().keyDim()) {
            Ops.super.ropeAndStore(queries, keys, values, headDim, angles, style, entries);
            return;
        }
        Shapes.rope(q, headDim, turns);
        Shapes.rope(k, headDim, turns);
        KvShapes.storeKv(k, v, layer.rows(), layer.layout());
        layer.requireWritable("ropeAndStore");
        gpu.run(() -> pages.ropeStore(q, k, v, turns, style, layer));
    }

    @Override
    public void attention(Tensor queries, KvTable.Layer entries, AttentionSpec spec, Tensor out) {
        CudaTensor q = CudaTensor.of(queries);
        CudaTensor result = CudaTensor.of(out);
        CudaKvTable.CudaLayer layer = DeviceKvTable.layerOf(entries);
        KvShapes.attention(q, layer.rows(), layer.layout(), spec, result);
        gpu.run(() -> {
            if (layer.local()) {
                attentions.attention(q, layer, spec, result);
            } else {
                layer.attendFar(attentions::attention, q, spec, result);
            }
        });
    }

    @Override
    public void attention(Tensor queries, KvTable.Layer entries, AttentionSpec spec, int from, int to,
            AttentionPart out) {
        CudaTensor q = CudaTensor.of(queries);
        PartShapes.Part<CudaTensor> part = PartShapes.Part.of(out, CudaTensor::of);
        CudaKvTable.CudaLayer layer = DeviceKvTable.layerOf(entries);
        PartShapes.attention(q, layer.rows(), layer.layout(), spec, from, to, part);
        layer.requireLocal("attention over a range");
        gpu.run(() -> parts.attention(q, layer, spec, from, to, part));
    }

    @Override
    public void mergeAttention(List<AttentionPart> given, Tensor out) {
        List<PartShapes.Part<CudaTensor>> merged = given.stream().map(part -> PartShapes.Part.of(part, CudaTensor::of))
                .toList();
        CudaTensor result = CudaTensor.of(out);
        PartShapes.merge(merged, result);
        gpu.run(() -> parts.merge(merged, result));
    }

    @Override
    public void gatherRows(Tensor x, IntTensor rows, Tensor out) {
        CudaTensor source = CudaTensor.of(x);
        CudaInts chosen = CudaInts.of(rows);
        CudaTensor result = CudaTensor.of(out);
        Shapes.gatherRows(source, chosen, result);
        if (result.count() > 0) {
            gpu.run(() -> elements.gatherRows(source, chosen, result));
        }
    }

    @Override
    public void sample(Tensor logits, Tensor settings, IntTensor out) {
        CudaTensor rows = CudaTensor.of(logits);
        CudaTensor rules = CudaTensor.of(settings);
        CudaInts result = CudaInts.of(out);
        Shapes.sample(rows, rules, result);
        if (rows.rows() > 0) {
            gpu.run(() -> samplers.sample(rows, rules, result));
            result.writtenByKernel();
        }
    }
}
