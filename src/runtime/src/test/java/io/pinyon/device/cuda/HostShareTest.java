/* SPDX-License-Identifier: Apache-2.0 */
package io.pinyon.device.cuda;

import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.Random;

import io.pinyon.device.AttentionSpec;
import io.pinyon.device.DeviceInfo;
import io.pinyon.device.DeviceOptions;
import io.pinyon.device.FarAttention;
import io.pinyon.device.KvLayout;
import io.pinyon.device.KvPage;
import io.pinyon.device.KvSpan;
import io.pinyon.device.KvTable;
import io.pinyon.device.KvTiers;
import io.pinyon.device.KvView;
import io.pinyon.device.Tensor;
import io.pinyon.device.contract.Seeds;
import io.pinyon.format.KvFormats;
import io.pinyon.memory.Tier;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.within;

/** Attention that the host and a simulated GPU share is the same as that of one. */
class HostShareTest {
    private static final AttentionSpec SPEC = new AttentionSpec(4, 2, 8, 8, 0.4f, 0, 0);
    private static final KvLayout LAYOUT = new KvLayout(KvFormats.F32, KvFormats.F32, 2, 8, 8, 4);
    private static final int WIDTH = 32;
    private static final double LN2 = Math.log(2);

    /** A sequence with its entries as pages hold them. */
    private record Sequence(KvView view, List<float[]> pages, int length) {
        float key(int head, int entry, int i) {
            return pages.get(entry / 4)[(head * 4 + entry % 4) * 8 + i];
        }

        float value(int head, int entry, int i) {
            return pages.get(entry / 4)[64 + (head * 4 + entry % 4) * 8 + i];
        }
    }

    private final Random random = Seeds.random("host share");
    private final SimulatedGpu simulated = new SimulatedGpu(random, true);
    private final Gpu gpu = new Gpu(simulated.driver(), 0, List.of());
    private final CudaDevice device = new CudaDevice(new DeviceInfo("cuda:0", "simulated", 1L << 36), gpu,
            DeviceOptions.defaults());

    @ParameterizedTest
    @EnumSource
    void everyShareGivesTheSame(FarAttention far) {
        device.openTiers(new KvTiers(2 * LAYOUT.pageBytes(), far, Optional.empty()));
        List<Sequence> sequences = List.of(sequence(61), sequence(30), sequence(5));
        try (KvTable table = device.allocateKvTable(1, 8)) {
            for (int i = 0; i < 40; i++) {
                for (Sequence sequence : sequences) {
                    List<KvPage> pages = sequence.view().pages();
                    int cut = random.nextInt(pages.size() + 1);
                    device.move(pages.subList(0, cut), Tier.HOST);
                    device.move(pages.subList(cut, pages.size()), Tier.DEVICE);
                }
                List<KvSpan> spans = new ArrayList<>();
                int row = 0;
                for (Sequence sequence : sequences) {
                    int count = 1 + random.nextInt(2);
                    spans.add(new KvSpan(List.of(sequence.view()), row, count, sequence.length() - count));
                    row += count;
                }
                device.write(table, row + 1, spans);
                check(sequences, spans, DeviceKvTable.layerOf(table.layer(0)), row + 1);
            }
        }
        sequences.forEach(sequence -> sequence.view().pages().forEach(KvPage::close));
        device.close();
        simulated.close();
    }

    private Sequence sequence(int length) {
        List<KvPage> pages = new ArrayList<>();
        List<float[]> values = new ArrayList<>();
        for (int i = 0; i < Math.ceilDiv(length, 4); i++) {
            float[] page = new float[128];
            for (int j = 0; j < page.length; j++) {
                page[j] = (float) random.nextGaussian();
            }
            pages.add(device.allocatePage(LAYOUT));
            device.write(pages.get(i), MemorySegment.ofArray(page));
            values.add(page);
        }
        return new Sequence(new KvView(LAYOUT, pages), values, length);
    }

    private void check(List<Sequence> sequences, List<KvSpan> spans, CudaKvTable.CudaLayer layer, int rows) {
        float[] asked = new float[rows * WIDTH];
        for (int i = 0; i < asked.length; i++) {
            asked[i] = (float) random.nextGaussian();
        }
        try (Tensor queries = device.upload(asked, rows); Tensor out = device.allocate(rows, WIDTH)) {
            gpu.run(() -> {
                if (layer.local()) {
                    simulated.enqueue(gpu.stream(), () -> round(spans, asked, layer,
                            new AttentionKernels.Round(0, true, true, 0, 0), CudaTensor.of(out)));
                } else {
                    layer.attendFar((_, _, _, round, result) -> simulated.enqueue(gpu.stream(),
                            () -> round(spans, asked, layer, round, result)), CudaTensor.of(queries), SPEC,
                            CudaTensor.of(out));
                }
            });
            float[] found = new float[rows * WIDTH];
            device.read(out, found, 0);
            for (int s = 0; s < spans.size(); s++) {
                for (int i = 0; i < spans.get(s).rowCount(); i++) {
                    compare(sequences.get(s), spans.get(s).firstPosition() + i, asked, found,
                            spans.get(s).firstRow() + i);
                }
            }
            assertThat(found[rows * WIDTH - 1]).as("row of no span").isZero();
        }
    }

    /** What a kernel does, one entry after the other. */
    private void round(List<KvSpan> spans, float[] asked, CudaKvTable.CudaLayer layer, AttentionKernels.Round round,
            CudaTensor out) {
        for (int s = 0; s < spans.size(); s++) {
            int from = round.ranges() == 0 ? 0 : simulated.intAt(round.ranges() + 8L * s);
            int to = round.ranges() == 0 ? Integer.MAX_VALUE : simulated.intAt(round.ranges() + 8L * s + 4);
            long list = simulated.longAt(layer.pageLists() + 8L * s);
            for (int i = 0; i < spans.get(s).rowCount(); i++) {
                int row = spans.get(s).firstRow() + i;
                for (int head = 0; head < 4; head++) {
                    head(round, asked, list, row, head, from, Math.min(to, spans.get(s).firstPosition() + i + 1), out);
                }
            }
        }
    }

    private void head(AttentionKernels.Round round, float[] asked, long list, int row, int head, int from, int to,
            CudaTensor out) {
        double maximum = Double.NEGATIVE_INFINITY;
        double total = 0;
        double[] sums = new double[8];
        if (!round.first()) {
            MemorySegment state = simulated.at(round.states() + 8L * (row * 4 + head), 8);
            maximum = state.getAtIndex(ValueLayout.JAVA_FLOAT, 0) * LN2;
            total = state.getAtIndex(ValueLayout.JAVA_FLOAT, 1);
            MemorySegment before = simulated.at(round.sums() + 4L * (row * WIDTH + head * 8), 32);
            for (int i = 0; i < 8; i++) {
                sums[i] = before.getAtIndex(ValueLayout.JAVA_FLOAT, i);
            }
        }
        for (int entry = from; entry < to; entry++) {
            MemorySegment page = simulated.at(simulated.longAt(list + 8L * (entry / 4)), 512);
            int at = (head / 2 * 4 + entry % 4) * 8;
            double score = 0;
            for (int i = 0; i < 8; i++) {
                score += asked[row * WIDTH + head * 8 + i] * page.getAtIndex(ValueLayout.JAVA_FLOAT, at + i);
            }
            score *= SPEC.scale();
            double greatest = Math.max(maximum, score);
            double factor = Math.exp(maximum - greatest);
            maximum = greatest;
            double weight = Math.exp(score - greatest);
            total = total * factor + weight;
            for (int i = 0; i < 8; i++) {
                sums[i] = sums[i] * factor + weight * page.getAtIndex(ValueLayout.JAVA_FLOAT, 64 + at + i);
            }
        }
        MemorySegment target = simulated.at((round.last() ? out.address() : round.sums())
                + 4L * (row * WIDTH + head * 8), 32);
        for (int i = 0; i < 8; i++) {
            double value = round.last() ? sums[i] / total : sums[i];
            target.setAtIndex(ValueLayout.JAVA_FLOAT, i, (float) value);
        }
        if (!round.last()) {
            MemorySegment state = simulated.at(round.states() + 8L * (row * 4 + head), 8);
            state.setAtIndex(ValueLayout.JAVA_FLOAT, 0, (float) (maximum / LN2));
            state.setAtIndex(ValueLayout.JAVA_FLOAT, 1, (float) total);
        }
    }

    private static void compare(Sequence sequence, int position, float[] asked, float[] found, int row) {
        for (int head = 0; head < 4; head++) {
            double total = 0;
            double[] sums = new double[8];
            for (int entry = 0; entry <= position; entry++) {
                double score = 0;
                for (int i = 0; i < 8; i++) {
                    score += asked[row * WIDTH + head * 8 + i] * sequence.key(head / 2, entry, i);
                }
                double weight = Math.exp(score * SPEC.scale());
                total += weight;
                for (int i = 0; i < 8; i++) {
                    sums[i] += weight * sequence.value(head / 2, entry, i);
                }
            }
            for (int i = 0; i < 8; i++) {
                assertThat((double) found[row * WIDTH + head * 8 + i]).as("row %s, head %s", row, head)
                        .isCloseTo(sums[i] / total, within(2e-5));
            }
        }
    }
}
