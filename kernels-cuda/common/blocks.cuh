/* SPDX-License-Identifier: Apache-2.0 */
// Blocks of 32 weights, decoded exactly as io.pinyon.format does, from the planes that WeightPlanes describes.
//
// A format here has ELEMENTS and BYTES of a block and decode8(weights, total, block, group, y), which writes elements
// 8 group .. 8 group + 7 of a block to y; `total` is the number of blocks of the whole matrix, which says where the
// planes start. Each step is rounded on its own, without fused operations, because the Java code does so. Everything
// compiles for the host too, where check/ compares it with blocks of known contents.
#pragma once

#include "blocks_bits.cuh"

namespace pinyon {

// 16 code bytes; element i in the low nibble of byte i, element 16 + i in the high one.
PINYON_HD Eight nibbles_of_32(const uint8_t* codes, int group) {
  return nibbles8(load64(codes + (group & 1) * 8), group >> 1);
}

// Planes: codes 16, half d 2. y = d (q - 8).
struct Q4_0 {
  static constexpr int ELEMENTS = 32, BYTES = 18;
  PINYON_HD static void decode8(const uint8_t* weights, size_t total, size_t block, int group, float* y) {
    const float d = load_half(weights + total * 16 + block * 2);
    const Eight q = nibbles_of_32(weights + block * 16, group);
    for (int i = 0; i < 8; ++i) y[i] = mul(d, static_cast<float>(q.at(i) - 8));
  }
};

// Planes: codes 16, half d and half m 4. y = d q + m.
struct Q4_1 {
  static constexpr int ELEMENTS = 32, BYTES = 20;
  PINYON_HD static void decode8(const uint8_t* weights, size_t total, size_t block, int group, float* y) {
    const uint8_t* scales = weights + total * 16 + block * 4;
    const float d = load_half(scales), m = load_half(scales + 2);
    const Eight q = nibbles_of_32(weights + block * 16, group);
    for (int i = 0; i < 8; ++i) y[i] = add(mul(d, static_cast<float>(q.at(i))), m);
  }
};

// Planes: codes 16, word of fifth bits 4, half d 2. y = d (q - 16).
struct Q5_0 {
  static constexpr int ELEMENTS = 32, BYTES = 22;
  PINYON_HD static void decode8(const uint8_t* weights, size_t total, size_t block, int group, float* y) {
    const uint32_t fifth = load32(weights + total * 16 + block * 4) >> (8 * group);
    const float d = load_half(weights + total * 20 + block * 2);
    const Eight q = nibbles_of_32(weights + block * 16, group);
    for (int i = 0; i < 8; ++i)
      y[i] = mul(d, static_cast<float>((q.at(i) | static_cast<int>(fifth >> i & 1) << 4) - 16));
  }
};

// Planes: codes 16, word of fifth bits 4, half d and half m 4. y = d q + m.
struct Q5_1 {
  static constexpr int ELEMENTS = 32, BYTES = 24;
  PINYON_HD static void decode8(const uint8_t* weights, size_t total, size_t block, int group, float* y) {
    const uint32_t fifth = load32(weights + total * 16 + block * 4) >> (8 * group);
    const uint8_t* scales = weights + total * 20 + block * 4;
    const float d = load_half(scales), m = load_half(scales + 2);
    const Eight q = nibbles_of_32(weights + block * 16, group);
    for (int i = 0; i < 8; ++i)
      y[i] = add(mul(d, static_cast<float>(q.at(i) | static_cast<int>(fifth >> i & 1) << 4)), m);
  }
};

// Planes: signed bytes 32, half d 2. y = d q.
struct Q8_0 {
  static constexpr int ELEMENTS = 32, BYTES = 34;
  PINYON_HD static void decode8(const uint8_t* weights, size_t total, size_t block, int group, float* y) {
    const float d = load_half(weights + total * 32 + block * 2);
    const Eight q{load64(weights + block * 32 + group * 8)};
    for (int i = 0; i < 8; ++i) y[i] = mul(d, static_cast<float>(static_cast<int8_t>(q.at(i))));
  }
};

// Planes: codes 16, half d 2. Uneven levels.
struct IQ4_NL {
  static constexpr int ELEMENTS = 32, BYTES = 18;
  PINYON_HD static void decode8(const uint8_t* weights, size_t total, size_t block, int group, float* y) {
    const float d = load_half(weights + total * 16 + block * 2);
    const Eight q = nibbles_of_32(weights + block * 16, group);
    for (int i = 0; i < 8; ++i) y[i] = mul(d, static_cast<float>(uneven_level(q.at(i))));
  }
};

// Planes: codes 16, exponent 1. E2M1 values, doubled to be whole, times 2^(exponent - 128).
struct MXFP4 {
  static constexpr int ELEMENTS = 32, BYTES = 17;
  PINYON_HD static void decode8(const uint8_t* weights, size_t total, size_t block, int group, float* y) {
    const float scale = power_of_two(weights[total * 16 + block]);
    const Eight q = nibbles_of_32(weights + block * 16, group);
    for (int i = 0; i < 8; ++i) y[i] = mul(scale, static_cast<float>(doubled_e2m1(q.at(i))));
  }
};

}  // namespace pinyon
