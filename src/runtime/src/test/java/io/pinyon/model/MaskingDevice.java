/* SPDX-License-Identifier: Apache-2.0 */
package io.pinyon.model;

import java.lang.foreign.MemorySegment;
import java.lang.reflect.InvocationHandler;
import java.lang.reflect.InvocationTargetException;
import java.lang.reflect.Proxy;
import java.util.Arrays;
import java.util.List;

import io.pinyon.device.AttentionSpec;
import io.pinyon.device.Device;
import io.pinyon.device.DeviceOptions;
import io.pinyon.device.KvLayout;
import io.pinyon.device.KvSpan;
import io.pinyon.device.KvTable;
import io.pinyon.device.KvView;
import io.pinyon.device.Ops;
import io.pinyon.device.Tensor;
import io.pinyon.device.host.HostPage;
import io.pinyon.device.scalar.ScalarDevice;

/** The scalar device with an attention of its own that does not see some of the entries. */
final class MaskingDevice {
    private final Device scalar = new ScalarDevice(DeviceOptions.defaults());
    private KvSpan span = new KvSpan(List.of(), 0, 1, 0);
    private int from;
    private int to;

    /** Hides the entries of a range from all rows from now on. */
    void hide(int first, int behind) {
        from = first;
        to = behind;
    }

    Device device() {
        Ops ops = proxy(Ops.class, (_, method, arguments) -> {
            if (method.getName().equals("attention") && arguments.length == 4) {
                attend((Tensor) arguments[0], (KvTable.Layer) arguments[1], (AttentionSpec) arguments[2],
                        (Tensor) arguments[3]);
                return Void.TYPE.cast(null);
            }
            return invoke(() -> method.invoke(scalar.ops(), arguments));
        });
        return proxy(Device.class, (_, method, arguments) -> {
            if (method.getName().equals("ops")) {
                return ops;
            }
            if (method.getName().equals("write") && arguments.length == 3) {
                span = (KvSpan) ((List<?>) arguments[2]).getFirst();
            }
            return invoke(() -> method.invoke(scalar, arguments));
        });
    }

    private static <T> T proxy(Class<T> type, InvocationHandler handler) {
        return type.cast(Proxy.newProxyInstance(type.getClassLoader(), new Class<?>[]{type}, handler));
    }

    /** A reflective call. */
    private interface Call {
        Object run() throws ReflectiveOperationException;
    }

    private static Object invoke(Call call) throws Throwable {
        try {
            return call.run();
        } catch (InvocationTargetException e) {
            throw e.getCause();
        }
    }

    private void attend(Tensor queries, KvTable.Layer layer, AttentionSpec spec, Tensor out) {
        float[] q = new float[queries.rows() * queries.cols()];
        scalar.read(queries, q, 0);
        float[] result = new float[out.rows() * out.cols()];
        KvView view = span.views().get(layer.index());
        for (int row = 0; row < queries.rows(); row++) {
            for (int head = 0; head < spec.heads(); head++) {
                float[] query = Arrays.copyOfRange(q, row * queries.cols() + head * spec.keyDim(),
                        row * queries.cols() + (head + 1) * spec.keyDim());
                double[] mixed = head(query, view, head * spec.kvHeads() / spec.heads(), span.firstPosition() + row,
                        spec);
                for (int d = 0; d < mixed.length; d++) {
                    result[row * out.cols() + head * spec.valueDim() + d] = (float) mixed[d];
                }
            }
        }
        scalar.write(out, result);
    }

    private double[] head(float[] query, KvView view, int kvHead, int position, AttentionSpec spec) {
        double[] mixed = new double[spec.valueDim()];
        double sum = 0;
        for (int entry = spec.firstVisible(position); entry <= position; entry++) {
            if (entry >= from && entry < to) {
                continue;
            }
            double score = spec.scale() * dot(query, entry(view, kvHead, entry, true));
            score = spec.softcap() > 0 ? spec.softcap() * Math.tanh(score / spec.softcap()) : score;
            double weight = Math.exp(score);
            sum += weight;
            float[] value = entry(view, kvHead, entry, false);
            for (int d = 0; d < mixed.length; d++) {
                mixed[d] += weight * value[d];
            }
        }
        double total = sum;
        return Arrays.stream(mixed).map(value -> value / total).toArray();
    }

    private static double dot(float[] a, float[] b) {
        double sum = 0;
        for (int i = 0; i < a.length; i++) {
            sum += (double) a[i] * b[i];
        }
        return sum;
    }

    private static float[] entry(KvView view, int head, int entry, boolean key) {
        KvLayout layout = view.layout();
        MemorySegment page = HostPage.of(view.pages().get(entry / layout.pageTokens())).segment();
        int slot = entry % layout.pageTokens();
        float[] values = new float[key ? layout.keyDim() : layout.valueDim()];
        if (key) {
            layout.keyFormat().decode(page, layout.keyOffset(head, slot), values, 0, values.length);
        } else {
            layout.valueFormat().decode(page, layout.valueOffset(head, slot), values, 0, values.length);
        }
        return values;
    }
}
