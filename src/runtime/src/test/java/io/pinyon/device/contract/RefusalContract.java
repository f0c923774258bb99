/* SPDX-License-Identifier: Apache-2.0 */
package io.pinyon.device.contract;

import java.util.List;

import io.pinyon.device.Activation;
import io.pinyon.device.AttentionSpec;
import io.pinyon.device.IntTensor;
import io.pinyon.device.KvLayout;
import io.pinyon.device.KvPage;
import io.pinyon.device.KvSpan;
import io.pinyon.device.KvTable;
import io.pinyon.device.KvView;
import io.pinyon.device.Ops;
import io.pinyon.device.Rope;
import io.pinyon.device.Tensor;
import io.pinyon.device.WeightMatrix;
import io.pinyon.error.EngineException;
import io.pinyon.format.KvFormats;
import io.pinyon.format.WeightFormats;
import org.assertj.core.api.ThrowableAssert.ThrowingCallable;
import org.junit.jupiter.api.Test;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

/** What ops refuse before they compute anything. */
public interface RefusalContract extends DeviceSupplier {
    private static void refused(String code, String op, ThrowingCallable call) {
        assertThatThrownBy(call).isInstanceOf(EngineException.class).hasMessageStartingWith(code + ": ")
                .hasMessageContaining(op);
    }

    private static Tensor zeros(Lab lab, int rows, int cols) {
        return lab.tensor(rows, new float[rows * cols]);
    }

    private static KvSpan span(KvView view, int firstRow, int rowCount, int firstPosition) {
        return new KvSpan(List.of(view), firstRow, rowCount, firstPosition);
    }

    private static WeightMatrix weights(Lab lab, int rows, int cols) {
        return lab.weights(lab.data(WeightFormats.F32, rows, new float[rows * cols]));
    }

    @Test
    default void shapesThatDoNotMatchAreNamed() {
        String code = "PIN-OP-SHAPE";
        try (Lab lab = lab()) {
            Ops ops = lab.ops();
            Tensor x = zeros(lab, 3, 8);
            Tensor wide = zeros(lab, 3, 9);
            Tensor tall = zeros(lab, 4, 8);
            refused(code, "embed", () -> ops.embed(weights(lab, 5, 9), lab.ints(1, 2, 3), 1, x));
            refused(code, "embed", () -> ops.embed(weights(lab, 5, 8), lab.ints(1, 2), 1, x));
            refused(code, "rmsNorm", () -> ops.rmsNorm(x, zeros(lab, 1, 9), 1e-6f, x));
            refused(code, "rmsNorm", () -> ops.rmsNorm(x, zeros(lab, 2, 8), 1e-6f, x));
            refused(code, "rmsNorm", () -> ops.rmsNorm(x, zeros(lab, 1, 8), 1e-6f, tall));
            refused(code, "matmul", () -> ops.matmul(x, weights(lab, 9, 9), wide));
            refused(code, "matmul", () -> ops.matmul(x, weights(lab, 8, 8), wide));
            refused(code, "matmul", () -> ops.matmul(x, weights(lab, 8, 8), tall));
            refused(code, "addBias", () -> ops.addBias(x, zeros(lab, 1, 9)));
            refused(code, "add", () -> ops.add(x, tall));
            refused(code, "softcap", () -> ops.softcap(x, 0));
            refused(code, "gatedActivation", () -> ops.gatedActivation(Activation.SILU, x, wide, x));
            refused(code, "gatedActivation", () -> ops.gatedActivation(Activation.SILU, x, x, wide));
            refused(code, "gatherRows", () -> ops.gatherRows(x, lab.ints(0, 1), tall));
            refused(code, "gatherRows", () -> ops.gatherRows(x, lab.ints(0, 1, 2), wide));
            refused(code, "sample", () -> ops.sample(x, zeros(lab, 3, 4), lab.ints(0, 0, 0)));
            refused(code, "sample", () -> ops.sample(x, zeros(lab, 2, 5), lab.ints(0, 0, 0)));
            refused(code, "sample", () -> ops.sample(x, zeros(lab, 3, 5), lab.ints(0, 0)));
        }
    }

    @Test
    default void shapesOfRopeAreChecked() {
        String code = "PIN-OP-SHAPE";
        Rope rope = new Rope(Rope.Style.HALVES, List.of(1f, 0.1f), 1);
        try (Lab lab = lab()) {
            Ops ops = lab.ops();
            refused(code, "ropeAngles", () -> ops.ropeAngles(rope, lab.ints(0, 1), zeros(lab, 3, 4)));
            refused(code, "ropeAngles", () -> ops.ropeAngles(rope, lab.ints(0, 1), zeros(lab, 2, 2)));
            Tensor x = zeros(lab, 2, 12);
            refused(code, "rope", () -> ops.rope(x, 5, zeros(lab, 2, 4), Rope.Style.HALVES));
            refused(code, "rope", () -> ops.rope(x, 4, zeros(lab, 2, 6), Rope.Style.HALVES));
            refused(code, "rope", () -> ops.rope(x, 4, zeros(lab, 2, 3), Rope.Style.HALVES));
            refused(code, "rope", () -> ops.rope(x, 4, zeros(lab, 1, 4), Rope.Style.HALVES));
        }
    }

    @Test
    default void indicesOutOfRangeAreNamed() {
        try (Lab lab = lab()) {
            Tensor out = zeros(lab, 1, 8);
            refused("PIN-OP-TOKEN", "-1", () -> lab.ops().embed(weights(lab, 5, 8), lab.ints(-1), 1, out));
            refused("PIN-OP-TOKEN", "5", () -> lab.ops().embed(weights(lab, 5, 8), lab.ints(5), 1, out));
            refused("PIN-OP-ROW", "3", () -> lab.ops().gatherRows(zeros(lab, 3, 8), lab.ints(3), out));
            refused("PIN-OP-ROW", "-2", () -> lab.ops().gatherRows(zeros(lab, 3, 8), lab.ints(-2), out));
        }
    }

    @Test
    default void outputsMustNotShareMemoryUnlessThatIsSaid() {
        try (Lab lab = lab()) {
            Tensor x = zeros(lab, 6, 8);
            refused("PIN-OP-ALIAS", "matmul", () -> lab.ops().matmul(x, weights(lab, 8, 8), x));
            refused("PIN-OP-ALIAS", "rmsNorm",
                    () -> lab.ops().rmsNorm(x.rows(0, 3), zeros(lab, 1, 8), 1e-6f, x.rows(1, 4)));
            refused("PIN-OP-ALIAS", "gatherRows",
                    () -> lab.ops().gatherRows(x, lab.ints(0, 1), x.rows(4, 6)));
            var layout = new KvLayout(KvFormats.F16, KvFormats.F16, 1, 8, 8, 16);
            refused("PIN-OP-ALIAS", "attention", () -> lab.ops().attention(x,
                    lab.entries(6, List.of(span(lab.view(layout, 6), 0, 6, 0))), new AttentionSpec(1, 1, 8, 8, 1, 0, 0),
                    x));
        }
    }

    @Test
    default void shapesOfCachedKeysAndValuesAreChecked() {
        String code = "PIN-OP-SHAPE";
        var layout = new KvLayout(KvFormats.F16, KvFormats.F16, 2, 8, 4, 16);
        var spec = new AttentionSpec(4, 2, 8, 4, 1, 0, 0);
        try (Lab lab = lab()) {
            Ops ops = lab.ops();
            KvTable.Layer entries = lab.entries(3, List.of(span(lab.view(layout, 3), 0, 3, 0)));
            Tensor queries = zeros(lab, 3, 32);
            Tensor out = zeros(lab, 3, 16);
            refused(code, "storeKv", () -> ops.storeKv(zeros(lab, 3, 8), zeros(lab, 3, 8), entries));
            refused(code, "storeKv", () -> ops.storeKv(zeros(lab, 3, 16), zeros(lab, 3, 16), entries));
            refused(code, "storeKv", () -> ops.storeKv(zeros(lab, 3, 16), zeros(lab, 4, 8), entries));
            refused(code, "attention", () -> ops.attention(zeros(lab, 3, 16), entries, spec, out));
            refused(code, "storeKv", () -> ops.storeKv(zeros(lab, 4, 16), zeros(lab, 4, 8), entries));
            refused(code, "attention", () -> ops.attention(zeros(lab, 4, 32), entries, spec, zeros(lab, 4, 16)));
            refused(code, "attention", () -> ops.attention(queries, entries, spec, zeros(lab, 3, 32)));
            refused(code, "attention", () -> ops.attention(queries, entries, spec, zeros(lab, 4, 16)));
            refused(code, "attention",
                    () -> ops.attention(queries, entries, new AttentionSpec(4, 1, 8, 4, 1, 0, 0), out));
            refused(code, "attention", () -> ops.attention(zeros(lab, 3, 24), entries,
                    new AttentionSpec(3, 2, 8, 4, 1, 0, 0), zeros(lab, 3, 12)));
            refused(code, "attention",
                    () -> ops.attention(queries, entries, new AttentionSpec(4, 2, 8, 4, 1, 0, -1), out));
        }
    }

    @Test
    default void pagesOfAnotherLayoutAreRefused() {
        var layout = new KvLayout(KvFormats.F16, KvFormats.F16, 1, 8, 8, 16);
        var claimed = new KvLayout(KvFormats.F32, KvFormats.F32, 1, 8, 8, 16);
        try (Lab lab = lab()) {
            KvView right = lab.view(layout, 32);
            KvPage wrong = lab.view(claimed, 1).pages().getFirst();
            for (KvView view : List.of(new KvView(claimed, right.pages()),
                    new KvView(layout, List.of(right.pages().getFirst(), wrong)))) {
                refused("PIN-OP-SHAPE", "page", () -> lab.entries(1, List.of(span(view, 0, 1, 20))));
            }
            refused("PIN-OP-SHAPE", "layout", () -> lab.entries(2,
                    List.of(span(right, 0, 1, 0), span(lab.view(claimed, 1), 1, 1, 0))));
        }
    }

    @Test
    default void spansBeyondTheirPagesOrRowsAreRefused() {
        var layout = new KvLayout(KvFormats.F16, KvFormats.F16, 1, 8, 8, 16);
        try (Lab lab = lab()) {
            KvView view = lab.view(layout, 32);
            for (KvSpan span : List.of(span(view, 0, 4, 29), span(view, 0, 1, 32),
                    span(view, 0, 1, Integer.MAX_VALUE), span(view, 0, 1, -1), span(view, 1, 4, 0),
                    span(view, -1, 1, 0), span(view, 0, 0, 0), span(view, 4, 1, 0),
                    span(view, Integer.MAX_VALUE, 2, 0), span(new KvView(layout, List.of()), 0, 1, 0))) {
                refused("PIN-OP-SPAN", "span", () -> lab.entries(4, List.of(span)));
            }
            refused("PIN-OP-SPAN", "row 1", () -> lab.entries(4,
                    List.of(span(view, 0, 2, 0), span(lab.view(layout, 32), 1, 2, 0))));
            refused("PIN-OP-SPAN", "spans", () -> lab.entries(4, List.of()));
        }
    }

    @Test
    default void tablesOfOtherSizesAreRefused() {
        var layout = new KvLayout(KvFormats.F16, KvFormats.F16, 1, 8, 8, 16);
        try (Lab lab = lab(); KvTable table = lab.device().allocateKvTable(2, 4)) {
            assertThat(table.layers()).isEqualTo(2);
            assertThat(table.maxRows()).isEqualTo(4);
            assertThat(table.layer(1).index()).isEqualTo(1);
            KvView view = lab.view(layout, 16);
            var spans = List.of(new KvSpan(List.of(view, view), 0, 1, 0));
            refused("PIN-OP-SHAPE", "5", () -> lab.device().write(table, 5, spans));
            refused("PIN-OP-SHAPE", "0", () -> lab.device().write(table, 0, spans));
            refused("PIN-OP-SPAN", "1 views", () -> lab.device().write(table, 4, List.of(span(view, 0, 1, 0))));
            refused("PIN-OP-SPAN", "3 views", () -> lab.device().write(table, 4,
                    List.of(new KvSpan(List.of(view, view, view), 0, 1, 0))));
            refused("PIN-OP-SPAN", "there are pages for 0", () -> lab.device().write(table, 4,
                    List.of(new KvSpan(List.of(view, new KvView(layout, List.of())), 0, 1, 0))));
            refused("PIN-OP-SHAPE", "layer 2", () -> table.layer(2));
            refused("PIN-OP-SHAPE", "layer -1", () -> table.layer(-1));
            refused("PIN-OP-SHAPE", "0 layers", () -> lab.device().allocateKvTable(0, 1));
            refused("PIN-OP-SHAPE", "0 rows", () -> lab.device().allocateKvTable(1, 0));
        }
    }

    @Test
    default void aTableIsWrittenBeforeItIsUsed() {
        try (Lab lab = lab(); KvTable table = lab.device().allocateKvTable(1, 1)) {
            Tensor x = zeros(lab, 1, 8);
            refused("PIN-OP-SPAN", "layer 0", () -> lab.ops().storeKv(x, x, table.layer(0)));
            refused("PIN-OP-SPAN", "layer 0", () -> lab.ops().attention(x, table.layer(0),
                    new AttentionSpec(1, 1, 8, 8, 1, 0, 0), zeros(lab, 1, 8)));
        }
    }

    @Test
    default void whatIsClosedIsNotRead() {
        var layout = new KvLayout(KvFormats.F16, KvFormats.F16, 1, 8, 8, 16);
        var spec = new AttentionSpec(1, 1, 8, 8, 1, 0, 0);
        try (Lab lab = lab()) {
            Tensor x = zeros(lab, 1, 8);
            Tensor out = zeros(lab, 1, 8);
            KvView view = lab.view(layout, 1);
            view.pages().getFirst().close();
            refused("PIN-OP-CLOSED", "page", () -> lab.entries(1, List.of(span(view, 0, 1, 0))));
            KvTable table = lab.device().allocateKvTable(1, 1);
            var spans = List.of(span(lab.view(layout, 1), 0, 1, 0));
            lab.device().write(table, 1, spans);
            KvTable.Layer layer = table.layer(0);
            table.close();
            refused("PIN-OP-CLOSED", "table", () -> lab.device().write(table, 1, spans));
            refused("PIN-OP-CLOSED", "table", () -> lab.ops().storeKv(x, x, layer));
            refused("PIN-OP-CLOSED", "table", () -> lab.ops().attention(x, layer, spec, out));
            Tensor closed = zeros(lab, 1, 8);
            Tensor view2 = closed.rows(0, 1);
            closed.close();
            refused("PIN-OP-CLOSED", "[1, 8]", () -> lab.ops().add(x, closed));
            refused("PIN-OP-CLOSED", "[1, 8]", () -> lab.ops().add(view2, x));
            WeightMatrix matrix = weights(lab, 8, 8);
            matrix.close();
            refused("PIN-OP-CLOSED", "[8, 8]", () -> lab.ops().matmul(x, matrix, out));
            IntTensor ints = lab.ints(0);
            ints.close();
            refused("PIN-OP-CLOSED", "[1]", () -> lab.ops().gatherRows(x, ints, out));
        }
    }

    @Test
    default void whatIsOfAnotherKindOfDeviceIsRefused() {
        Tensor foreign = new Foreign();
        try (Lab lab = lab()) {
            Tensor x = zeros(lab, 1, 1);
            refused("PIN-OP-DEVICE", "Foreign", () -> lab.ops().add(x, foreign));
            refused("PIN-OP-DEVICE", "Foreign", () -> lab.ops().scale(foreign, 2));
            refused("PIN-OP-DEVICE", "Foreign", () -> lab.device().write(foreign, new float[1]));
            refused("PIN-OP-DEVICE", "ForeignLayer", () -> lab.ops().storeKv(x, x, new ForeignLayer(0)));
            refused("PIN-OP-DEVICE", "ForeignLayer", () -> lab.ops().attention(x, new ForeignLayer(0),
                    new AttentionSpec(1, 1, 1, 1, 1, 0, 0), zeros(lab, 1, 1)));
        }
    }

    /** A layer of a table that no device has allocated. */
    record ForeignLayer(int index) implements KvTable.Layer {}

    /** A tensor that no device has allocated. */
    record Foreign() implements Tensor {
        @Override
        public int rows() {
            return 1;
        }

        @Override
        public int cols() {
            return 1;
        }

        @Override
        public Tensor rows(int from, int to) {
            return this;
        }

        @Override
        public Tensor reshape(int rows, int cols) {
            return this;
        }

        @Override
        public void close() {}
    }
}
