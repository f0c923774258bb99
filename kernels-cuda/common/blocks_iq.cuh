/* SPDX-License-Identifier: Apache-2.0 */
// Codebook and ternary formats: 256 weights to a block. See blocks.cuh for the conventions.
#pragma once

#include "blocks_bits.cuh"
#include "blocks_codebooks.cuh"

namespace pinyon {

PINYON_HD uint32_t entry(const uint16_t* table, int index) { return table[index]; }

// Eight signs from seven bits: the eighth makes the number of negative ones even.
PINYON_HD int even_signs(uint32_t seven) {
  const uint32_t folded = seven ^ seven >> 4;
  return static_cast<int>(seven | (0x6996u >> (folded & 15) & 1) << 7);
}

// Magnitude of a coordinate code of the IQ2 tables: 8, 25, 43.
PINYON_HD float magnitude_iq2(uint32_t packed, int i) {
  return static_cast<float>(0x2b1908u >> (8 * (packed >> (2 * i) & 3)) & 0xff);
}

// y = scale times eight magnitudes of an IQ2 table entry, negated where a sign bit is set.
PINYON_HD void signed_iq2(uint32_t packed, int signs, float scale, float* y) {
  for (int i = 0; i < 8; ++i) {
    const float magnitude = mul(scale, magnitude_iq2(packed, i));
    y[i] = signs >> i & 1 ? -magnitude : magnitude;
  }
}

// Magnitude of a coordinate code of the IQ3_XXS table: 4, 12, .. 52, 62.
PINYON_HD float magnitude_iq3_xxs(uint32_t packed, int i) {
  const int code = static_cast<int>(packed >> (4 * i) & 15);
  return static_cast<float>(4 + 8 * code + (code == 7 ? 2 : 0));
}

// Magnitude of a coordinate code of the IQ3_S table: 1, 3, .. 15.
PINYON_HD float magnitude_iq3_s(uint32_t packed, int i) {
  return static_cast<float>(1 + 2 * static_cast<int>(packed >> (4 * i) & 15));
}

// y = scale (ternary entry + shift).
PINYON_HD void shifted_iq1(int index, float shift, float scale, float* y) {
  const uint32_t packed = entry(CODEBOOK_IQ1, index);
  for (int i = 0; i < 8; ++i)
    y[i] = mul(scale, add(static_cast<float>(static_cast<int>(packed >> (2 * i) & 3) - 1), shift));
}

// Planes: for each 32 weights four indices and a word of signs and scale 64, half d 2.
struct IQ2_XXS {
  static constexpr int ELEMENTS = 256, BYTES = 66;
  PINYON_HD static void decode8(const uint8_t* weights, size_t total, size_t block, int group, float* y) {
    const float d = load_half(weights + total * 64 + block * 2);
    const uint8_t* indices = weights + block * 64 + group / 4 * 8;
    const uint32_t word = load32(indices + 4);
    const float scale = mul(mul(d, 0.5f + static_cast<float>(word >> 28)), 0.25f);
    signed_iq2(entry(CODEBOOK_IQ2_XXS, indices[group % 4]), even_signs(word >> (7 * (group % 4)) & 127), scale, y);
  }
};

// Planes: words of index and signs 64, scale nibbles 8, half d 2.
struct IQ2_XS {
  static constexpr int ELEMENTS = 256, BYTES = 74;
  PINYON_HD static void decode8(const uint8_t* weights, size_t total, size_t block, int group, float* y) {
    const float d = load_half(weights + total * 72 + block * 2);
    const uint32_t word = load16(weights + block * 64 + group * 2);
    const int code = nibble(weights + total * 64 + block * 8, group / 2);
    const float scale = mul(mul(d, 0.5f + static_cast<float>(code)), 0.25f);
    signed_iq2(entry(CODEBOOK_IQ2_XS, word & 511), even_signs(word >> 9), scale, y);
  }
};

// Planes: indices and signs 32 + 32, upper index pairs and scale nibbles 8 + 8, half d 2.
struct IQ2_S {
  static constexpr int ELEMENTS = 256, BYTES = 82;
  PINYON_HD static void decode8(const uint8_t* weights, size_t total, size_t block, int group, float* y) {
    const float d = load_half(weights + total * 80 + block * 2);
    const uint8_t* lower = weights + block * 64;
    const uint8_t* rest = weights + total * 64 + block * 16;
    const int index = lower[group] | (rest[group / 4] >> (group % 4 * 2) & 3) << 8;
    const float scale = mul(mul(d, 0.5f + static_cast<float>(nibble(rest + 8, group / 2))), 0.25f);
    signed_iq2(entry(CODEBOOK_IQ2_S, index), lower[32 + group], scale, y);
  }
};

// Planes: indices 64, words of signs and scale 32, half d 2.
struct IQ3_XXS {
  static constexpr int ELEMENTS = 256, BYTES = 98;
  PINYON_HD static void decode8(const uint8_t* weights, size_t total, size_t block, int group, float* y) {
    const float d = load_half(weights + total * 96 + block * 2);
    const uint32_t word = load32(weights + total * 64 + block * 32 + group / 4 * 4);
    const float scale = mul(mul(d, 0.5f + static_cast<float>(word >> 28)), 0.5f);
    const int signs = even_signs(word >> (7 * (group % 4)) & 127);
    const uint32_t indices = load16(weights + block * 64 + group * 2);
    const uint32_t first = entry(CODEBOOK_IQ3_XXS, indices & 255), second = entry(CODEBOOK_IQ3_XXS, indices >> 8);
    for (int i = 0; i < 8; ++i) {
      const float magnitude = mul(scale, magnitude_iq3_xxs(i < 4 ? first : second, i & 3));
      y[i] = signs >> i & 1 ? -magnitude : magnitude;
    }
  }
};

// Planes: indices 64, signs 32, ninth index bits 8, scale nibbles 4, half d 2.
struct IQ3_S {
  static constexpr int ELEMENTS = 256, BYTES = 110;
  PINYON_HD static void decode8(const uint8_t* weights, size_t total, size_t block, int group, float* y) {
    const float d = load_half(weights + total * 108 + block * 2);
    const int signs = weights[total * 64 + block * 32 + group];
    const int ninth = weights[total * 96 + block * 8 + group / 4] >> (group % 4 * 2);
    const int code = nibble(weights + total * 104 + block * 4, group / 4);
    const float scale = mul(d, static_cast<float>(1 + 2 * code));
    const uint32_t indices = load16(weights + block * 64 + group * 2);
    const uint32_t first = entry(CODEBOOK_IQ3_S, static_cast<int>(indices & 255) | (ninth & 1) << 8);
    const uint32_t second = entry(CODEBOOK_IQ3_S, static_cast<int>(indices >> 8) | (ninth >> 1 & 1) << 8);
    for (int i = 0; i < 8; ++i) {
      const float magnitude = mul(scale, magnitude_iq3_s(i < 4 ? first : second, i & 3));
      y[i] = signs >> i & 1 ? -magnitude : magnitude;
    }
  }
};

// Planes: indices 32, words of upper indices, scale and shift 16, half d 2.
struct IQ1_S {
  static constexpr int ELEMENTS = 256, BYTES = 50;
  PINYON_HD static void decode8(const uint8_t* weights, size_t total, size_t block, int group, float* y) {
    const float d = load_half(weights + total * 48 + block * 2);
    const uint32_t word = load16(weights + total * 32 + block * 16 + group / 4 * 2);
    const float scale = mul(d, static_cast<float>(2 * (word >> 12 & 7) + 1));
    const int index = weights[block * 32 + group] | static_cast<int>(word >> (3 * (group % 4)) & 7) << 8;
    shifted_iq1(index, word >> 15 == 0 ? 0.125f : -0.125f, scale, y);
  }
};

// As in the file: indices 32, nibbles of upper index and shift 16, four words of scales whose top nibbles are half d.
struct IQ1_M {
  static constexpr int ELEMENTS = 256, BYTES = 56;
  PINYON_HD static void decode8(const uint8_t* weights, size_t, size_t block, int group, float* y) {
    const uint8_t* b = weights + block * BYTES;
    const uint64_t words = load64(b + 48);
    const uint64_t tops = words & 0xf000f000f000f000ull;
    const float d = half_to_float(static_cast<uint32_t>((tops >> 12 | tops >> 24 | tops >> 36 | tops >> 48) & 0xffff));
    const int packed = nibble(b + 32, group);
    const int code = static_cast<int>(words >> (group / 8 * 16 + group % 8 / 2 * 3) & 7);
    shifted_iq1(b[group] | (packed & 7) << 8, packed < 8 ? 0.125f : -0.125f, mul(d, static_cast<float>(2 * code + 1)),
                y);
  }
};

// As in the file: 32 and 16 bytes of five base-3 digits, 4 bytes of four, half d. A byte is the fraction of 256 that its
// digits are.
struct TQ1_0 {
  static constexpr int ELEMENTS = 256, BYTES = 54;
  PINYON_HD static void decode8(const uint8_t* weights, size_t, size_t block, int group, float* y) {
    const uint8_t* b = weights + block * BYTES;
    const float d = load_half(b + 52);
    // groups of eight stay within a digit, but for the last two, which have two digits of four bytes
    const bool last = group >= 30;
    const int width = group < 20 ? 32 : 16, from = group < 20 ? 0 : 32, first = (group < 20 ? group : group - 20) * 8;
    const uint64_t bytes = last ? load32_even(b + 48) * 0x100000001ull : load64_even(b + from + first % width);
    const int digit = last ? (group - 30) * 2 : first / width;
    const int power = digit == 0 ? 1 : digit == 1 ? 3 : digit == 2 ? 9 : digit == 3 ? 27 : 81;
    for (int i = 0; i < 8; ++i) {
      const int fraction = static_cast<int>(bytes >> (8 * i) & 0xff) * (last && i >= 4 ? 3 * power : power) & 255;
      y[i] = mul(d, static_cast<float>((fraction * 3 >> 8) - 1));
    }
  }
};

// Planes: codes 64, half d 2.
struct TQ2_0 {
  static constexpr int ELEMENTS = 256, BYTES = 66;
  PINYON_HD static void decode8(const uint8_t* weights, size_t total, size_t block, int group, float* y) {
    const float d = load_half(weights + total * 64 + block * 2);
    const Eight q = pairs8(load64(weights + block * 64 + group / 16 * 32 + group % 4 * 8), group % 16 / 4 * 2);
    for (int i = 0; i < 8; ++i) y[i] = mul(d, static_cast<float>(q.at(i) - 1));
  }
};

}  // namespace pinyon
