/* SPDX-License-Identifier: Apache-2.0 */
package io.pinyon.device.scalar;

import java.util.List;

import io.pinyon.device.Activation;
import io.pinyon.device.AttentionPart;
import io.pinyon.device.AttentionSpec;
import io.pinyon.device.IntTensor;
import io.pinyon.device.KvTable;
import io.pinyon.device.Ops;
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

/** Every op: checks, then the formula. */
final class ScalarOps implements Ops {
    @Override
    public void embed(WeightMatrix table, IntTensor tokens, float scale, Tensor out) {
        HostWeights rows = HostWeights.of(table);
        HostInts ids = HostInts.of(tokens);
        HostTensor result = HostTensor.of(out);
        Shapes.embed(rows, ids, result);
        ScalarMatmul.embed(rows, ids, scale, result);
    }

    @Override
    public void rmsNorm(Tensor x, Tensor weight, float epsilon, Tensor out) {
        HostTensor in = HostTensor.of(x);
        HostTensor factors = HostTensor.of(weight);
        HostTensor result = HostTensor.of(out);
        Shapes.rmsNorm(in, factors, result);
        ScalarNorm.rmsNorm(in, factors, epsilon, result);
    }

    @Override
    public void matmul(Tensor x, WeightMatrix weights, Tensor out) {
        HostTensor in = HostTensor.of(x);
        HostWeights right = HostWeights.of(weights);
        HostTensor result = HostTensor.of(out);
        Shapes.matmul(in, right, result);
        ScalarMatmul.matmul(in, right, result);
    }

    @Override
    public void addBias(Tensor x, Tensor bias) {
        HostTensor target = HostTensor.of(x);
        HostTensor summand = HostTensor.of(bias);
        Shapes.addBias(target, summand);
        ScalarElementwise.addBias(target, summand);
    }

    @Override
    public void add(Tensor x, Tensor y) {
        HostTensor target = HostTensor.of(x);
        HostTensor summand = HostTensor.of(y);
        Shapes.add(target, summand);
        ScalarElementwise.add(target, summand);
    }

    @Override
    public void scale(Tensor x, float factor) {
        ScalarElementwise.scale(HostTensor.of(x), factor);
    }

    @Override
    public void softcap(Tensor x, float cap) {
        HostTensor target = HostTensor.of(x);
        Shapes.softcap(target, cap);
        ScalarElementwise.softcap(target, cap);
    }

    @Override
    public void gatedActivation(Activation activation, Tensor gate, Tensor up, Tensor out) {
        HostTensor left = HostTensor.of(gate);
        HostTensor right = HostTensor.of(up);
        HostTensor result = HostTensor.of(out);
        Shapes.gatedActivation(left, right, result);
        ScalarActivation.gated(activation, left, right, result);
    }

    @Override
    public void ropeAngles(Rope rope, IntTensor positions, Tensor out) {
        HostInts places = HostInts.of(positions);
        HostTensor result = HostTensor.of(out);
        Shapes.ropeAngles(rope, places, result);
        ScalarRope.angles(rope, places, result);
    }

    @Override
    public void rope(Tensor x, int headDim, Tensor angles, Rope.Style style) {
        HostTensor target = HostTensor.of(x);
        HostTensor turns = HostTensor.of(angles);
        Shapes.rope(target, headDim, turns);
        ScalarRope.turn(target, headDim, turns, style);
    }

    @Override
    public void storeKv(Tensor keys, Tensor values, KvTable.Layer entries) {
        HostTensor newKeys = HostTensor.of(keys);
        HostTensor newValues = HostTensor.of(values);
        HostKvTable.HostLayer layer = HostKvTable.layer(entries);
        KvShapes.storeKv(newKeys, newValues, layer.rows(), layer.layout());
        layer.spans().forEach(span -> ScalarKv.store(newKeys, newValues, span));
    }

    @Override
    public void attention(Tensor queries, KvTable.Layer entries, AttentionSpec spec, Tensor out) {
        HostTensor asked = HostTensor.of(queries);
        HostTensor result = HostTensor.of(out);
        HostKvTable.HostLayer layer = HostKvTable.layer(entries);
        KvShapes.attention(asked, layer.rows(), layer.layout(), spec, result);
        layer.attentionSpans(spec).forEach(span -> ScalarAttention.attend(asked, span, spec, result));
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
}
