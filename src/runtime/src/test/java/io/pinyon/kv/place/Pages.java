/* SPDX-License-Identifier: Apache-2.0 */
package io.pinyon.kv.place;

import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;
import java.nio.charset.StandardCharsets;
import java.util.Random;

import io.pinyon.device.PageStore;

/** Pages that can be told by a number. */
final class Pages {
    private Pages() {}

    static byte[] fingerprint(int kind) {
        byte[] bytes = new byte[32];
        bytes[31] = (byte) kind;
        return bytes;
    }

    static byte[] bytes(int number, int length) {
        byte[] bytes = new byte[length];
        new Random(number * 7919L).nextBytes(bytes);
        return bytes;
    }

    static byte[] label(int number) {
        return ("page " + number).getBytes(StandardCharsets.UTF_8);
    }

    static int number(PageStore.Stored stored) {
        String label = StandardCharsets.UTF_8.decode(stored.label().duplicate()).toString();
        return Integer.parseInt(label.substring("page ".length()));
    }

    static int put(PageStore store, int number, int length, byte[] label) {
        try (Arena arena = Arena.ofConfined()) {
            return store.put(arena.allocateFrom(ValueLayout.JAVA_BYTE, bytes(number, length)), label);
        }
    }

    static byte[] get(PageStore store, int slot, int length) {
        byte[] bytes = new byte[length];
        store.get(slot, MemorySegment.ofArray(bytes));
        return bytes;
    }
}
