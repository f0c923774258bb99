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
    public static final WeightFormat F32 = new F32Format();
    public static final WeightFormat F16 = HalfFormat.F16;
    public static final WeightFormat BF16 = HalfFormat.BF16;
    public static final WeightFormat Q4_0 = BlockFormat.writable("Q4_0", 2, 32, 18,
            Q4Blocks::decodeQ40, Q4Blocks::encodeQ40);
    public static final WeightFormat Q4_1 = BlockFormat.writable("Q4_1", 3, 32, 20,
            Q4Blocks::decodeQ41, Q4Blocks::encodeQ41);
    public static final WeightFormat Q5_0 = BlockFormat.writable("Q5_0", 6, 32, 22,
            Q5Blocks::decodeQ50, Q5Blocks::encodeQ50);
    public static final WeightFormat Q5_1 = BlockFormat.writable("Q5_1", 7, 32, 24,
            Q5Blocks::decodeQ51, Q5Blocks::encodeQ51);
    public static final WeightFormat Q8_0 = BlockFormat.writable("Q8_0", 8, 32, 34,
            Q8Blocks::decodeQ80, Q8Blocks::encodeQ80);
    public static final WeightFormat Q2_K = BlockFormat.readable("Q2_K", 10, 256, 84, KBlocks::decodeQ2K);
    public static final WeightFormat Q3_K = BlockFormat.readable("Q3_K", 11, 256, 110, KBlocks::decodeQ3K);
    public static final WeightFormat Q4_K = BlockFormat.readable("Q4_K", 12, 256, 144, KBlocks::decodeQ4K);
    public static final WeightFormat Q5_K = BlockFormat.readable("Q5_K", 13, 256, 176, KBlocks::decodeQ5K);
    public static final WeightFormat Q6_K = BlockFormat.readable("Q6_K", 14, 256, 210, KBlocks::decodeQ6K);
    public static final WeightFormat IQ2_XXS = BlockFormat.readable("IQ2_XXS", 16, 256, 66, Iq2Blocks::decodeXxs);
    public static final WeightFormat IQ2_XS = BlockFormat.readable("IQ2_XS", 17, 256, 74, Iq2Blocks::decodeXs);
    public static final WeightFormat IQ3_XXS = BlockFormat.readable("IQ3_XXS", 18, 256, 98, Iq3Blocks::decodeXxs);
    public static final WeightFormat IQ1_S = BlockFormat.readable("IQ1_S", 19, 256, 50, Iq1Blocks::decodeS);
    public static final WeightFormat IQ4_NL = BlockFormat.readable("IQ4_NL", 20, 32, 18, Iq4Blocks::decodeIq4Nl);
    public static final WeightFormat IQ3_S = BlockFormat.readable("IQ3_S", 21, 256, 110, Iq3Blocks::decodeS);
    public static final WeightFormat IQ2_S = BlockFormat.readable("IQ2_S", 22, 256, 82, Iq2Blocks::decodeS);
    public static final WeightFormat IQ4_XS = BlockFormat.readable("IQ4_XS", 23, 256, 136, Iq4Blocks::decodeIq4Xs);
    public static final WeightFormat IQ1_M = BlockFormat.readable("IQ1_M", 29, 256, 56, Iq1Blocks::decodeM);
    public static final WeightFormat TQ1_0 = BlockFormat.readable("TQ1_0", 34, 256, 54, TernaryBlocks::decodeTq1);
    public static final WeightFormat TQ2_0 = BlockFormat.readable("TQ2_0", 35, 256, 66, TernaryBlocks::decodeTq2);
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
