/* SPDX-License-Identifier: Apache-2.0 */
package io.pinyon.device.cpu;

import java.util.ArrayList;
import java.util.List;

import io.pinyon.device.Activation;
import io.pinyon.device.AttentionPart;
import io.pinyon.device.AttentionSpec;
import io.pinyon.device.IntTensor;
import io.pinyon.device.KvTable;
import io.pinyon.device.Ops;
import io.pinyon.device.Projection;
import io.pinyon.device.Rope;
import io.pinyon.device.Tensor;
import io.pinyon.device.WeightMatrix;
import io.pinyon.device.host.HostInts;
import io.pinyon.device.host.HostKvTable;
import io.pinyon.device.host.HostSampling;
import io.pinyon.device.host.HostTensor;
import io.pinyon.device.host.HostWeights;
import io.pinyon.device.support.KvShapes;
import io.pinyon.device.support.Shapes;
import io.pinyon.error.EngineException;

/** Every op: checks, then kernels, divided among the team. */
final class CpuOps implements Ops {
    /** Elements of an item of an elementwise op; fewer are not worth waking somebody. */
    private static final int ITEM_ELEMENTS = 16 << 10;

    private final WorkerTeam team;
    private final ElementKernels elements;
    private final ExponentialKernels exponentials;
    private final CpuMatmul matmul;
    private final CpuAttention attention;

    CpuOps(WorkerTeam team, Kernels kernels, Scratch scratch) {
        this.team = team;
        this.elements = kernels.elements();
        this.exponentials = kernels.exponentials();
        this.matmul = new CpuMatmul(team, kernels, scratch);
        this.attention = new CpuAttention(team, kernels, scratch);
    }

    @Override
    public void embed(WeightMatrix table, IntTensor tokens, float scale, Tensor out) {
        HostWeights rows = HostWeights.of(table);
        HostInts ids = HostInts.of(tokens);
        HostTensor result = HostTensor.of(out);
        Shapes.embed(rows, ids, result);
        matmul.embed(rows, ids, scale, result);
    }

    @Override
    public void rmsNorm(Tensor x, Tensor weight, float epsilon, Tensor out) {
        HostTensor in = HostTensor.of(x);
        HostTensor factors = HostTensor.of(weight);
        HostTensor result = HostTensor.of(out);
        Shapes.rmsNorm(in, factors, result);
        forRows(in, (from, to) -> {
            for (int r = from; r < to; r++) {
                elements.rmsNorm(in.data(), in.row(r), factors.data(), factors.offset(), epsilon, result.data(),
                        result.row(r), in.cols());
            }
        });
    }

    @Override
    public void matmul(Tensor x, WeightMatrix weights, Tensor out) {
        matmul(x, List.of(new Projection(weights, out)));
    }

    @Override
    public void matmul(Tensor x, List<Projection> projections) {
        HostTensor in = HostTensor.of(x);
        var products = new ArrayList<CpuMatmul.Product>(projections.size());
        for (Projection projection : projections) {
            HostWeights weights = HostWeights.of(projection.weights());
            HostTensor out = HostTensor.of(projection.out());
            Shapes.matmul(in, weights, out);
            products.add(new CpuMatmul.Product(weights, out));
        }
        matmul.multiply(in, products);
    }

    @Override
    public void addBias(Tensor x, Tensor bias) {
        HostTensor target = HostTensor.of(x);
        HostTensor summand = HostTensor.of(bias);
        Shapes.addBias(target, summand);
        forRows(target, (from, to) -> {
            for (int r = from; r < to; r++) {
                elements.add(target.data(), target.row(r), summand.data(), summand.offset(), target.cols());
            }
        });
    }

    @Override
    public void add(Tensor x, Tensor y) {
        HostTensor target = HostTensor.of(x);
        HostTensor summand = HostTensor.of(y);
        Shapes.add(target, summand);
        forRows(target, (from, to) -> elements.add(target.data(), target.row(from), summand.data(), summand.row(from),
                (to - from) * target.cols()));
    }

    @Override
    public void scale(Tensor x, float factor) {
        HostTensor target = HostTensor.of(x);
        forRows(target, (from, to) -> elements.scale(target.data(), target.row(from), factor,
                (to - from) * target.cols()));
    }

    @Override
    public void softcap(Tensor x, float cap) {
        HostTensor target = HostTensor.of(x);
        Shapes.softcap(target, cap);
        forRows(target, (from, to) -> exponentials.softcap(target.data(), target.row(from), cap,
                (to - from) * target.cols()));
    }

    @Override
    public void gatedActivation(Activation activation, Tensor gate, Tensor up, Tensor out) {
        HostTensor left = HostTensor.of(gate);
        HostTensor right = HostTensor.of(up);
        HostTensor result = HostTensor.of(out);
        Shapes.gatedActivation(left, right, result);
        forRows(left, (from, to) -> exponentials.gated(activation, left.data(), left.row(from), right.data(),
                right.row(from), result.data(), result.row(from), (to - from) * left.cols()));
    }

    @Override
    public void ropeAngles(Rope rope, IntTensor positions, Tensor out) {
        HostInts places = HostInts.of(positions);
        HostTensor result = HostTensor.of(out);
        Shapes.ropeAngles(rope, places, result);
        int pairs = rope.dim() / 2;
        double[] frequencies = rope.inverseFrequencies().stream().mapToDouble(Float::doubleValue).toArray();
        forRows(result, (from, to) -> {
            for (int r = from; r < to; r++) {
                for (int i = 0; i < pairs; i++) {
                    double angle = places.data()[r] * frequencies[i];
                    result.data()[result.row(r) + i] = (float) (rope.magnitude() * Math.cos(angle));
                    result.data()[result.row(r) + pairs + i] = (float) (rope.magnitude() * Math.sin(angle));
                }
            }
        });
    }

    @Override
    public void rope(Tensor x, int headDim, Tensor angles, Rope.Style style) {
        HostTensor target = HostTensor.of(x);
        HostTensor turns = HostTensor.of(angles);
        Shapes.rope(target, headDim, turns);
        forRows(target, (from, to) -> {
            for (int r = from; r < to; r++) {
                elements.rope(target.data(), target.row(r), target.cols() / headDim, headDim, turns.data(),
                        turns.row(r), turns.cols() / 2, style);
            }
        });
    }

    @Override
    public void storeKv(Tensor keys, Tensor values, KvTable.Layer entries) {
        HostTensor newKeys = HostTensor.of(keys);
        HostTensor newValues = HostTensor.of(values);
        HostKvTable.HostLayer layer = HostKvTable.layer(entries);
        KvShapes.storeKv(newKeys, newValues, layer.rows(), layer.layout());
        attention.store(newKeys, newValues, layer.spans());
    }

    @Override
    public void attention(Tensor queries, KvTable.Layer entries, AttentionSpec spec, Tensor out) {
        HostTensor asked = HostTensor.of(queries);
        HostTensor result = HostTensor.of(out);
        HostKvTable.HostLayer layer = HostKvTable.layer(entries);
        KvShapes.attention(asked, layer.rows(), layer.layout(), spec, result);
        attention.attend(asked, layer.attentionSpans(spec), spec, result);
    }

    @Override
    public void attention(Tensor queries, KvTable.Layer entries, AttentionSpec spec, int from, int to,
            AttentionPart out) {
        throw new EngineException("PIN-OP-UNSUPPORTED", "attention over a range of entries is not built here",
                "attend to all entries at once");
    }

    @Override
    public void mergeAttention(List<AttentionPart> parts, Tensor out) {
        throw new EngineException("PIN-OP-UNSUPPORTED", "merging attention is not built here",
                "attend to all entries at once");
    }

    @Override
    public void gatherRows(Tensor x, IntTensor rows, Tensor out) {
        HostTensor in = HostTensor.of(x);
        HostInts indices = HostInts.of(rows);
        HostTensor result = HostTensor.of(out);
        Shapes.gatherRows(in, indices, result);
        for (int i = 0; i < indices.length(); i++) {
            System.arraycopy(in.data(), in.row(indices.data()[i]), result.data(), result.row(i), in.cols());
        }
    }

    @Override
    public void sample(Tensor logits, Tensor settings, IntTensor out) {
        HostTensor rows = HostTensor.of(logits);
        HostTensor rules = HostTensor.of(settings);
        HostInts ids = HostInts.of(out);
        Shapes.sample(rows, rules, ids);
        HostSampling.sample(rows, rules, ids);
    }

    @FunctionalInterface
    private interface RowTask {
        void run(int from, int to);
    }

    private void forRows(HostTensor shape, RowTask task) {
        int rows = shape.rows();
        int rowsPerItem = Math.max(1, ITEM_ELEMENTS / shape.cols());
        team.run((rows + rowsPerItem - 1) / rowsPerItem,
                (_, item) -> task.run(item * rowsPerItem, Math.min(rows, (item + 1) * rowsPerItem)));
    }
}
