/* SPDX-License-Identifier: Apache-2.0 */
package io.pinyon.format;

import java.util.List;
import java.util.Optional;

/**
 * The registry of weight formats: one line each.
 *
 * <p>Names, type numbers and block geometry are those of the GGUF specification.
 */
public final class WeightFormats {
    /** 32 bits: IEEE binary32. */
    public static final WeightFormat F32 = new F32Format();
    /** 16 bits: IEEE binary16. */
    public static final WeightFormat F16 = HalfFormat.F16;
    /** 16 bits: the upper half of binary32. */
    public static final WeightFormat BF16 = HalfFormat.BF16;
    /** 4.5 bits: a scale for 32 weights. */
    public static final WeightFormat Q4_0 = BlockFormat.writable("Q4_0", 2, 32, 18,
            Q4Blocks::decodeQ40, Q4Blocks::encodeQ40);
    /** 5 bits: a scale and a minimum for 32 weights. */
    public static final WeightFormat Q4_1 = BlockFormat.writable("Q4_1", 3, 32, 20,
            Q4Blocks::decodeQ41, Q4Blocks::encodeQ41);
    /** 5.5 bits: a scale for 32 weights. */
    public static final WeightFormat Q5_0 = BlockFormat.writable("Q5_0", 6, 32, 22,
            Q5Blocks::decodeQ50, Q5Blocks::encodeQ50);
    /** 6 bits: a scale and a minimum for 32 weights. */
    public static final WeightFormat Q5_1 = BlockFormat.writable("Q5_1", 7, 32, 24,
            Q5Blocks::decodeQ51, Q5Blocks::encodeQ51);
    /** 8.5 bits: a scale for 32 weights. */
    public static final WeightFormat Q8_0 = BlockFormat.writable("Q8_0", 8, 32, 34,
            Q8Blocks::decodeQ80, Q8Blocks::encodeQ80);
    /** 2.625 bits: scales and minima of 4 bits for 16 weights each. */
    public static final WeightFormat Q2_K = BlockFormat.readable("Q2_K", 10, 256, 84, KBlocks::decodeQ2K);
    /** 3.4375 bits: scales of 6 bits for 16 weights each. */
    public static final WeightFormat Q3_K = BlockFormat.readable("Q3_K", 11, 256, 110, KBlocks::decodeQ3K);
    /** 4.5 bits: scales and minima of 6 bits for 32 weights each. */
    public static final WeightFormat Q4_K = BlockFormat.readable("Q4_K", 12, 256, 144, KBlocks::decodeQ4K);
    /** 5.5 bits: scales and minima of 6 bits for 32 weights each. */
    public static final WeightFormat Q5_K = BlockFormat.readable("Q5_K", 13, 256, 176, KBlocks::decodeQ5K);
    /** 6.5625 bits: scales of 8 bits for 16 weights each. */
    public static final WeightFormat Q6_K = BlockFormat.readable("Q6_K", 14, 256, 210, KBlocks::decodeQ6K);
    /** 2.0625 bits: a codebook of 256 vectors of 8. */
    public static final WeightFormat IQ2_XXS = BlockFormat.readable("IQ2_XXS", 16, 256, 66, Iq2Blocks::decodeXxs);
    /** 2.3125 bits: a codebook of 512 vectors of 8. */
    public static final WeightFormat IQ2_XS = BlockFormat.readable("IQ2_XS", 17, 256, 74, Iq2Blocks::decodeXs);
    /** 3.0625 bits: a codebook of 256 vectors of 4. */
    public static final WeightFormat IQ3_XXS = BlockFormat.readable("IQ3_XXS", 18, 256, 98, Iq3Blocks::decodeXxs);
    /** 1.5625 bits: a ternary codebook of 2048 vectors of 8. */
    public static final WeightFormat IQ1_S = BlockFormat.readable("IQ1_S", 19, 256, 50, Iq1Blocks::decodeS);
    /** 4.5 bits: 16 uneven levels, a scale for 32 weights. */
    public static final WeightFormat IQ4_NL = BlockFormat.readable("IQ4_NL", 20, 32, 18, Iq4Blocks::decodeIq4Nl);
    /** 3.4375 bits: a codebook of 512 vectors of 4. */
    public static final WeightFormat IQ3_S = BlockFormat.readable("IQ3_S", 21, 256, 110, Iq3Blocks::decodeS);
    /** 2.5625 bits: a codebook of 1024 vectors of 8. */
    public static final WeightFormat IQ2_S = BlockFormat.readable("IQ2_S", 22, 256, 82, Iq2Blocks::decodeS);
    /** 4.25 bits: 16 uneven levels, scales of 6 bits for 32 weights each. */
    public static final WeightFormat IQ4_XS = BlockFormat.readable("IQ4_XS", 23, 256, 136, Iq4Blocks::decodeIq4Xs);
    /** 1.75 bits: the codebook of IQ1_S, scales for 16 weights each. */
    public static final WeightFormat IQ1_M = BlockFormat.readable("IQ1_M", 29, 256, 56, Iq1Blocks::decodeM);
    /** 1.6875 bits: ternary, five weights to a byte. */
    public static final WeightFormat TQ1_0 = BlockFormat.readable("TQ1_0", 34, 256, 54, TernaryBlocks::decodeTq1);
    /** 2.0625 bits: ternary, four weights to a byte. */
    public static final WeightFormat TQ2_0 = BlockFormat.readable("TQ2_0", 35, 256, 66, TernaryBlocks::decodeTq2);
    /** 4.25 bits: E2M1 floats, a power of two for 32 weights. */
    public static final WeightFormat MXFP4 = BlockFormat.readable("MXFP4", 39, 32, 17, Mxfp4Blocks::decode);

    private static final List<WeightFormat> ALL = List.of(F32, F16, BF16, Q4_0, Q4_1, Q5_0, Q5_1, Q8_0,
            Q2_K, Q3_K, Q4_K, Q5_K, Q6_K, IQ2_XXS, IQ2_XS,
            IQ3_XXS, IQ1_S, IQ4_NL, IQ3_S, IQ2_S, IQ4_XS, IQ1_M, TQ1_0, TQ2_0, MXFP4);

    private WeightFormats() {}

    /** Every known format, in the order of registration. */
    public static List<WeightFormat> all() {
        return ALL;
    }

    /** Names of the formats that can be written. */
    public static List<String> encodable() {
        return ALL.stream().filter(WeightFormat::encodes).map(WeightFormat::name).toList();
    }

    /** The format with this GGUF tensor type number. */
    public static Optional<WeightFormat> byGgmlType(int type) {
        return ALL.stream().filter(format -> format.ggmlType() == type).findFirst();
    }

    /** The format with this name, in any case. */
    public static Optional<WeightFormat> byName(String name) {
        return ALL.stream().filter(format -> format.name().equalsIgnoreCase(name)).findFirst();
    }
}
