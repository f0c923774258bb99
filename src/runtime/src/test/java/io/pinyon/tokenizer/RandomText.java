/* SPDX-License-Identifier: Apache-2.0 */
package io.pinyon.tokenizer;

import java.util.Random;

/** Texts that tokenizers stumble over, from a seed. */
final class RandomText {
    private static final String[] PARTS = {"a", "the", "Hello", "HELLO", "hellO", "don't", "I'LL", "'RE", "1", "42",
            "12345678", "½", "Ⅷ", "٣", " ", "  ", "\n", "\r\n", "\t", "\u00a0", "\u2003", "\u3000", "\u0085", "\u2028",
            ".",
            "...", "!?", "=>", "`", "$", "«»", "é", "e\u0301", "Ä", "ß", "İ", "ñ", "Σς", "ю", "Ж", "中文", "日本", "한글",
            "कि",
            "ا", "🦙", "👩‍👩‍👧", "🇩🇪", "\u200d", "\ufeff", "▁", "Ġ", "<s>", "<|eos|>", "\u0000", "\u0007",
            "\u007f", "\ufffd", "𝒳"};

    private final Random random;

    RandomText(long seed) {
        System.out.println("seed " + seed);
        this.random = new Random(seed);
    }

    /** Parts of many scripts, one after the other. */
    String parts(int count) {
        StringBuilder out = new StringBuilder();
        for (int i = 0; i < count; i++) {
            out.append(PARTS[random.nextInt(PARTS.length)]);
        }
        return out.toString();
    }

    /** Any UTF-16, unpaired surrogates included. */
    String anything(int length) {
        StringBuilder out = new StringBuilder();
        for (int i = 0; i < length; i++) {
            switch (random.nextInt(4)) {
                case 0 -> out.append((char) random.nextInt(0x80));
                case 1 -> out.append((char) random.nextInt(0x10000));
                case 2 -> out.append((char) (0xD800 + random.nextInt(0x800)));
                default -> out.appendCodePoint(0x10000 + random.nextInt(0x100000));
            }
        }
        return out.toString();
    }
}
