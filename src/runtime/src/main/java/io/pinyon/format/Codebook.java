/* SPDX-License-Identifier: Apache-2.0 */
package io.pinyon.format;

import java.io.IOException;
import java.io.InputStream;
import java.nio.charset.StandardCharsets;
import java.util.Arrays;
import java.util.HexFormat;

import io.pinyon.error.EngineException;

/**
 * A fixed table of short vectors that the IQ formats index.
 *
 * <p>The tables are numeric constants of the GGUF specification and lie in {@code codebooks.txt}: a line names the
 * table, its entries, its vector length, the bits of a coordinate and the value of each coordinate code; the lines
 * after it are the packed codes in hexadecimal, first coordinate in the lowest bits.
 */
final class Codebook {
    static final Codebook IQ1;
    static final Codebook IQ2_XXS;
    static final Codebook IQ2_XS;
    static final Codebook IQ2_S;
    static final Codebook IQ3_XXS;
    static final Codebook IQ3_S;

    static {
        String[] sections = resource().split("\n@", -1);
        IQ1 = parse("iq1", sections);
        IQ2_XXS = parse("iq2_xxs", sections);
        IQ2_XS = parse("iq2_xs", sections);
        IQ2_S = parse("iq2_s", sections);
        IQ3_XXS = parse("iq3_xxs", sections);
        IQ3_S = parse("iq3_s", sections);
    }

    private final int length;
    private final byte[] values;

    private Codebook(int length, byte[] values) {
        this.length = length;
        this.values = values;
    }

    /** Writes {@code scale} times entry {@code index}, negated where the bit of {@code signs} is set. */
    void signed(int index, int signs, float scale, float[] y, int to) {
        for (int i = 0; i < length; i++) {
            float magnitude = scale * values[index * length + i];
            y[to + i] = ((signs >> i) & 1) == 0 ? magnitude : -magnitude;
        }
    }

    /** Writes {@code scale} times the sum of entry {@code index} and {@code shift}. */
    void shifted(int index, float shift, float scale, float[] y, int to) {
        for (int i = 0; i < length; i++) {
            y[to + i] = scale * (values[index * length + i] + shift);
        }
    }

    /** Eight signs from seven bits: the eighth makes the number of negative ones even. */
    static int evenSigns(int seven) {
        return seven | ((Integer.bitCount(seven) & 1) << 7);
    }

    private static Codebook parse(String name, String[] sections) {
        String section = Arrays.stream(sections).filter(text -> text.startsWith(name + " ")).findFirst()
                .orElseThrow(() -> damaged("no table " + name));
        String[] lines = section.split("\n", 2);
        String[] head = lines[0].split(" ", -1);
        int entries = Integer.parseInt(head[1]);
        int length = Integer.parseInt(head[2]);
        int bits = Integer.parseInt(head[3]);
        byte[] packed = HexFormat.of().parseHex(lines[1].replace("\n", ""));
        if (packed.length * 8 != entries * length * bits) {
            throw damaged("table " + name + " has " + packed.length + " bytes");
        }
        byte[] values = new byte[entries * length];
        for (int i = 0; i < values.length; i++) {
            int code = (packed[i * bits / 8] >> (i * bits % 8)) & ((1 << bits) - 1);
            values[i] = Byte.parseByte(head[4 + code]);
        }
        return new Codebook(length, values);
    }

    private static String resource() {
        try (InputStream in = Codebook.class.getResourceAsStream("codebooks.txt")) {
            if (in == null) {
                throw damaged("codebooks.txt is missing");
            }
            return new String(in.readAllBytes(), StandardCharsets.US_ASCII);
        } catch (IOException e) {
            throw new EngineException("PIN-FORMAT-CODEBOOK", "the codebooks cannot be read: " + e.getMessage(),
                    "install Pinyon again", e);
        }
    }

    private static EngineException damaged(String problem) {
        return new EngineException("PIN-FORMAT-CODEBOOK", "the codebooks are damaged: " + problem,
                "install Pinyon again");
    }
}
