/* SPDX-License-Identifier: Apache-2.0 */
package io.pinyon.kv;

import java.lang.reflect.InvocationTargetException;
import java.lang.reflect.Proxy;
import java.util.List;

import io.pinyon.device.Device;
import io.pinyon.device.DeviceOptions;
import io.pinyon.device.KvLayout;
import io.pinyon.device.KvPage;
import io.pinyon.device.scalar.ScalarDevice;
import io.pinyon.error.EngineException;
import io.pinyon.format.KvFormats;
import org.junit.jupiter.api.Test;

import static org.assertj.core.api.Assertions.assertThatThrownBy;

/** The integrity check notices what a broken allocator would do. */
class KvIntegrityTest {
    private static final KvLayout LAYOUT = new KvLayout(KvFormats.F16, KvFormats.F16, 1, 8, 8, 16);

    /** The device, except that every request for a page is answered with this one. */
    private static Device always(KvPage page, Device device) {
        return (Device) Proxy.newProxyInstance(Device.class.getClassLoader(), new Class<?>[]{Device.class},
                (_, method, arguments) -> {
                    if (method.getName().equals("allocatePage")) {
                        return page;
                    }
                    try {
                        return method.invoke(device, arguments);
                    } catch (InvocationTargetException e) {
                        throw e.getCause();
                    }
                });
    }

    private static void broken(KvLayout handedOut, int tokens, String difference) {
        try (Device device = new ScalarDevice(DeviceOptions.defaults());
                KvPage page = device.allocatePage(handedOut);
                var cache = new PagedKvCache(always(page, device), List.of(LAYOUT), 100)) {
            cache.reserve(tokens);
            assertThatThrownBy(cache::checkIntegrity).isInstanceOf(EngineException.class)
                    .hasMessageStartingWith("PIN-KV-INTEGRITY: " + difference);
        }
    }

    @Test
    void aPageHandedOutTwiceIsNoticed() {
        broken(LAYOUT, 17, "owners of a page of layer 0: 2, expected 1");
    }

    @Test
    void aPageOfAnotherSizeIsNoticed() {
        broken(new KvLayout(KvFormats.F16, KvFormats.F16, 1, 8, 8, 8), 1,
                "bytes of a page of layer 0: 256, expected 512");
    }
}
