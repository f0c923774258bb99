/* SPDX-License-Identifier: Apache-2.0 */
// K-quants and their like: 256 weights to a block, sub-blocks of 16 or 32 with quantised scales. See blocks.cuh for the conventions.
#pragma once

#include "blocks_bits.cuh"

namespace pinyon {

// Planes: codes 64, scale bytes 16 (scale low, minimum high), half d and half dmin 4.
struct Q2_K {
  static constexpr int ELEMENTS = 256, BYTES = 84;
  PINYON_HD static void decode8(const uint8_t* weights, size_t total, size_t block, int group, float* y) {
    const uint8_t* halves = weights + total * 80 + block * 4;
    const int packed = weights[total * 64 + block * 16 + group / 2];
    const float scale = mul(load_half(halves), static_cast<float>(packed & 15));
    const float min = mul(load_half(halves + 2), static_cast<float>(packed >> 4));
    const Eight q = pairs8(load64(weights + block * 64 + group / 16 * 32 + group % 4 * 8), group % 16 / 4 * 2);
    for (int i = 0; i < 8; ++i) y[i] = sub(mul(scale, static_cast<float>(q.at(i))), min);
  }
};

// Scale `sub` of 16, six bits: low nibbles in 8 bytes, upper pairs in 4.
PINYON_HD int scale_q3_k(const uint8_t* scales, int sub) {
  const int low = scales[sub % 8] >> (sub / 8 * 4) & 15, high = scales[8 + sub % 4] >> (sub / 4 * 2) & 3;
  return low | high << 4;
}

// Planes: codes 64, third bits 32, scales 12, half d 2.
struct Q3_K {
  static constexpr int ELEMENTS = 256, BYTES = 110;
  PINYON_HD static void decode8(const uint8_t* weights, size_t total, size_t block, int group, float* y) {
    const float d = load_half(weights + total * 108 + block * 2);
    const float scale = mul(d, static_cast<float>(scale_q3_k(weights + total * 96 + block * 12, group / 2) - 32));
    const Eight q = pairs8(load64(weights + block * 64 + group / 16 * 32 + group % 4 * 8), group % 16 / 4 * 2);
    const uint64_t third = load64(weights + total * 64 + block * 32 + group % 4 * 8) >> (group / 4);
    for (int i = 0; i < 8; ++i)
      y[i] = mul(scale, static_cast<float>((q.at(i) | static_cast<int>(third >> (8 * i) & 1) << 2) - 4));
  }
};

// Six-bit scales (and minima) of sub-blocks 0..3 or 4..7, one to a byte, from the 12 bytes that hold all.
PINYON_HD void scales_q4_k(uint32_t w0, uint32_t w1, uint32_t w2, bool upper, uint32_t& scales, uint32_t& minima) {
  scales = upper ? (w2 & 0x0f0f0f0f) | (w0 >> 2 & 0x30303030) : w0 & 0x3f3f3f3f;
  minima = upper ? (w2 >> 4 & 0x0f0f0f0f) | (w1 >> 2 & 0x30303030) : w1 & 0x3f3f3f3f;
}

// Scale and minimum of sub-block `sub` of a Q4_K or Q5_K block.
PINYON_HD void scale_and_min(const uint8_t* block, int sub, float& scale, float& min) {
  uint32_t scales, minima;
  scales_q4_k(load32(block + 4), load32(block + 8), load32(block + 12), sub >= 4, scales, minima);
  scale = mul(load_half(block), static_cast<float>(scales >> (8 * (sub & 3)) & 63));
  min = mul(load_half(block + 2), static_cast<float>(minima >> (8 * (sub & 3)) & 63));
}

// As in the file: half d, half dmin, 12 bytes of scales, 128 code bytes.
struct Q4_K {
  static constexpr int ELEMENTS = 256, BYTES = 144;
  PINYON_HD static void decode8(const uint8_t* weights, size_t, size_t block, int group, float* y) {
    const uint8_t* b = weights + block * BYTES;
    float scale, min;
    scale_and_min(b, group / 4, scale, min);
    const Eight q = nibbles8(load64(b + 16 + group / 8 * 32 + group % 4 * 8), group / 4 % 2);
    for (int i = 0; i < 8; ++i) y[i] = sub(mul(scale, static_cast<float>(q.at(i))), min);
  }
};

// As in the file: half d, half dmin, 12 bytes of scales, 32 bytes of fifth bits, 128 code bytes.
struct Q5_K {
  static constexpr int ELEMENTS = 256, BYTES = 176;
  PINYON_HD static void decode8(const uint8_t* weights, size_t, size_t block, int group, float* y) {
    const uint8_t* b = weights + block * BYTES;
    float scale, min;
    scale_and_min(b, group / 4, scale, min);
    const Eight q = nibbles8(load64(b + 48 + group / 8 * 32 + group % 4 * 8), group / 4 % 2);
    const uint64_t fifth = load64(b + 16 + group % 4 * 8) >> (group / 4);
    for (int i = 0; i < 8; ++i)
      y[i] = sub(mul(scale, static_cast<float>(q.at(i) | static_cast<int>(fifth >> (8 * i) & 1) << 4)), min);
  }
};

// Planes: low nibbles 128, upper pairs 64, signed scales 16, half d 2.
struct Q6_K {
  static constexpr int ELEMENTS = 256, BYTES = 210;
  PINYON_HD static void decode8(const uint8_t* weights, size_t total, size_t block, int group, float* y) {
    const int half = group / 16, quarter = group % 16 / 4, at = group % 4 * 8;
    const int8_t code = static_cast<int8_t>(weights[total * 192 + block * 16 + group / 2]);
    const float scale = mul(load_half(weights + total * 208 + block * 2), static_cast<float>(code));
    const Eight q = nibbles8(load64(weights + block * 128 + half * 64 + quarter % 2 * 32 + at), quarter / 2);
    const Eight upper = pairs8(load64(weights + total * 128 + block * 64 + half * 32 + at), 2 * quarter);
    for (int i = 0; i < 8; ++i) y[i] = mul(scale, static_cast<float>((q.at(i) | upper.at(i) << 4) - 32));
  }
};

// Planes: codes 128, half d with upper scale bits and lower scale nibbles 8.
struct IQ4_XS {
  static constexpr int ELEMENTS = 256, BYTES = 136;
  PINYON_HD static int scale_code(uint64_t head, int sub) {
    return static_cast<int>((head >> (32 + 4 * sub) & 15) | (head >> (16 + 2 * sub) & 3) << 4) - 32;
  }
  PINYON_HD static void decode8(const uint8_t* weights, size_t total, size_t block, int group, float* y) {
    const uint64_t head = load64(weights + total * 128 + block * 8);
    const int sub = group / 4;
    const float scale = mul(half_to_float(static_cast<uint32_t>(head & 0xffff)),
                            static_cast<float>(scale_code(head, sub)));
    const Eight q = nibbles8(load64(weights + block * 128 + sub * 16 + group % 2 * 8), group / 2 % 2);
    for (int i = 0; i < 8; ++i) y[i] = mul(scale, static_cast<float>(uneven_level(q.at(i))));
  }
};

}  // namespace pinyon
