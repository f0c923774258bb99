/* SPDX-License-Identifier: Apache-2.0 */
package io.pinyon.device.host;

import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;
import java.util.List;

import io.pinyon.device.Device;
import io.pinyon.device.DeviceOptions;
import io.pinyon.device.KvLayout;
import io.pinyon.device.KvPage;
import io.pinyon.device.KvSpan;
import io.pinyon.device.KvTable;
import io.pinyon.device.KvView;
import io.pinyon.device.Tensor;
import io.pinyon.device.scalar.ScalarDevice;
import io.pinyon.format.KvFormats;
import org.junit.jupiter.api.Test;

import static org.assertj.core.api.Assertions.assertThat;

class HostPageTest {
    /** Byte offsets spelled out from the description of {@link KvLayout}, so that its arithmetic is not its own judge. */
    @Test
    void aPageHoldsAllKeysByHeadAndSlotAndThenAllValues() {
        var layout = new KvLayout(KvFormats.F32, KvFormats.F16, 2, 3, 1, 4);
        try (Device device = new ScalarDevice(DeviceOptions.defaults());
                KvTable table = device.allocateKvTable(1, 1);
                KvPage page = device.allocatePage(layout);
                Tensor keys = device.upload(new float[]{0, 1, 2, 10, 11, 12}, 1);
                Tensor values = device.upload(new float[]{5, 15}, 1)) {
            assertThat(page.bytes()).isEqualTo(2 * 4 * 3 * 4 + 2 * 4 * 2);
            device.write(table, 1, List.of(new KvSpan(List.of(new KvView(layout, List.of(page))), 0, 1, 2)));
            device.ops().storeKv(keys, values, table.layer(0));
            MemorySegment bytes = HostPage.of(page).segment();
            for (int head = 0; head < 2; head++) {
                for (int i = 0; i < 3; i++) {
                    assertThat(bytes.get(ValueLayout.JAVA_FLOAT, ((head * 4 + 2) * 3 + i) * 4L))
                            .isEqualTo(10 * head + i);
                }
                short half = bytes.get(ValueLayout.JAVA_SHORT, 96 + (head * 4 + 2) * 2L);
                assertThat(Float.float16ToFloat(half)).isEqualTo(10 * head + 5);
            }
        }
    }
}
