/* SPDX-License-Identifier: Apache-2.0 */
package io.pinyon.device.contract;

import java.util.List;
import java.util.Random;

import io.pinyon.device.KvLayout;
import io.pinyon.device.KvSpan;
import io.pinyon.device.KvView;

/** Keys and values of one layer of one sequence, and the pages that they are stored in. */
final class Sequence {
    private final Lab lab;
    private final KvView view;
    private final float[][][] keys;
    private final float[][][] values;

    /** Random entries. */
    Sequence(Lab lab, KvLayout layout, int length, Random random) {
        this(lab, layout, entries(layout.kvHeads(), length, layout.keyDim(), random),
                entries(layout.kvHeads(), length, layout.valueDim(), random));
    }

    /** Given entries, {@code [kvHead][position][dim]}. */
    Sequence(Lab lab, KvLayout layout, float[][][] keys, float[][][] values) {
        this(lab, lab.view(layout, keys[0].length), keys, values);
    }

    private Sequence(Lab lab, KvView view, float[][][] keys, float[][][] values) {
        this.lab = lab;
        this.view = view;
        this.keys = keys;
        this.values = values;
    }

    private static float[][][] entries(int heads, int length, int dim, Random random) {
        float[][][] entries = new float[heads][length][];
        for (float[][] head : entries) {
            for (int i = 0; i < length; i++) {
                head[i] = Samples.normal(dim, random);
            }
        }
        return entries;
    }

    /** Other entries for the same pages. */
    Sequence withNewEntries(Random random) {
        KvLayout layout = view.layout();
        return new Sequence(lab, view, entries(layout.kvHeads(), keys[0].length, layout.keyDim(), random),
                entries(layout.kvHeads(), keys[0].length, layout.valueDim(), random));
    }

    /** The same entries for other pages. */
    Sequence withOtherPages() {
        return new Sequence(lab, view.layout(), keys, values);
    }

    KvView view() {
        return view;
    }

    KvSpan span(int firstRow, int firstPosition, int count) {
        return new KvSpan(List.of(view), firstRow, count, firstPosition);
    }

    /** Stores entries in a step of their own. */
    void store(int firstPosition, int count) {
        float[] keyRows = new float[count * keys.length * view.layout().keyDim()];
        float[] valueRows = new float[count * keys.length * view.layout().valueDim()];
        fill(keyRows, valueRows, 0, firstPosition, count);
        lab.ops().storeKv(lab.tensor(count, keyRows), lab.tensor(count, valueRows),
                lab.entries(count, List.of(span(0, firstPosition, count))));
    }

    /** Writes entries as the rows of a step. */
    void fill(float[] keyRows, float[] valueRows, int firstRow, int firstPosition, int count) {
        for (int i = 0; i < count; i++) {
            for (int head = 0; head < keys.length; head++) {
                float[] key = keys[head][firstPosition + i];
                float[] value = values[head][firstPosition + i];
                int entry = (firstRow + i) * keys.length + head;
                System.arraycopy(key, 0, keyRows, entry * key.length, key.length);
                System.arraycopy(value, 0, valueRows, entry * value.length, value.length);
            }
        }
    }

    /** Keys of a head up to a position, as their format keeps them. */
    float[][] keys(int head, int positions) {
        float[][] stored = new float[positions][];
        for (int i = 0; i < positions; i++) {
            stored[i] = Reference.stored(view.layout().keyFormat(), keys[head][i]);
        }
        return stored;
    }

    /** Values of a head up to a position, as their format keeps them. */
    float[][] values(int head, int positions) {
        float[][] stored = new float[positions][];
        for (int i = 0; i < positions; i++) {
            stored[i] = value(head, i);
        }
        return stored;
    }

    float[] value(int head, int position) {
        return Reference.stored(view.layout().valueFormat(), values[head][position]);
    }
}
