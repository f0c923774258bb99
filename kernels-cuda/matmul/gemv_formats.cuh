/* SPDX-License-Identifier: Apache-2.0 */
// How a lane of a matrix-vector product takes a matrix row apart: in units of UNIT weights that it loads with few wide
// loads. A unit is GROUPS runs of 4 * WORDS weights; within a run the weights have one scale and one minimum:
//
//   load(matrix, row, unit)    the unit's registers, scales already decoded
//   chunk(unit, g)             where run g starts in the row, in chunks of four weights
//   codes(raw, w, y)           y[g][0..3] = codes of chunk w of each run, as whole numbers
//   scale(raw, g), min(raw, g) a weight is scale * code - min
//
// Every byte of a matrix is loaded once by one lane, but for scales that neighbouring lanes share. Loads of a warp are
// contiguous. ONE and FEW say how many matrix rows a lane works on at a time when x has one row or up to eight: enough
// loads in flight, and each value of x that is read from shared memory is used for so many rows. FEW_BLOCKS is how many
// blocks a multiprocessor must have registers for.
#pragma once

#include "../common/blocks_bits.cuh"
#include "../common/blocks_k.cuh"

namespace pinyon {

// A weight matrix and where its products go.
struct Matrix {
  const uint8_t* weights;
  float* out;
  int rows;
  size_t total;  // blocks of the whole matrix
  int cols;
};

// ---- plain elements --------------------------------------------------------------------------------------------------

struct PlainUnits {
  static constexpr int WORDS = 1, ONE = 4, FEW = 4, FEW_BLOCKS = 2;
  static constexpr bool SCALED = false, MINIMA = false;
  typedef Words4 Raw;
  PINYON_HD static float scale(const Raw&, int) { return 1.f; }
  PINYON_HD static float min(const Raw&, int) { return 0.f; }
};

struct F32Units : PlainUnits {
  static constexpr int UNIT = 4, GROUPS = 1;
  PINYON_HD static Raw load(const Matrix& m, int row, int unit) {
    return load128(m.weights + (static_cast<size_t>(row) * m.cols + unit * 4) * 4);
  }
  PINYON_HD static int chunk(int unit, int) { return unit; }
  PINYON_HD static void codes(const Raw& raw, int, float (&y)[1][4]) {
    for (int i = 0; i < 4; ++i) y[0][i] = bits_to_float(raw.word[i]);
  }
};

struct SixteenBitUnits : PlainUnits {
  static constexpr int UNIT = 8, GROUPS = 2;
  PINYON_HD static Raw load(const Matrix& m, int row, int unit) {
    return load128(m.weights + (static_cast<size_t>(row) * m.cols + unit * 8) * 2);
  }
  PINYON_HD static int chunk(int unit, int g) { return 2 * unit + g; }
};

struct F16Units : SixteenBitUnits {
  PINYON_HD static void codes(const Raw& raw, int, float (&y)[2][4]) {
    for (int i = 0; i < 8; ++i) y[i / 4][i % 4] = half_to_float(raw.word[i / 2] >> (i % 2 * 16) & 0xffff);
  }
};

struct BF16Units : SixteenBitUnits {
  PINYON_HD static void codes(const Raw& raw, int, float (&y)[2][4]) {
    for (int i = 0; i < 8; ++i)
      y[i / 4][i % 4] = bits_to_float(i % 2 == 0 ? raw.word[i / 2] << 16 : raw.word[i / 2] & 0xffff0000);
  }
};

// ---- blocks of 32 ----------------------------------------------------------------------------------------------------

// Four bits a weight: low nibbles are the first 16 weights, high nibbles the others.
struct NibbleUnits {
  static constexpr int UNIT = 32, GROUPS = 2, WORDS = 4, ONE = 4, FEW = 4, FEW_BLOCKS = 2;
  static constexpr bool SCALED = true, MINIMA = false;
  struct Raw {
    Words4 q;
    float d;
  };
  PINYON_HD static size_t block(const Matrix& m, int row, int unit) {
    return static_cast<unsigned>(row) * static_cast<unsigned>(m.cols / 32) + static_cast<unsigned>(unit);
  }
  PINYON_HD static int chunk(int unit, int g) { return 8 * unit + 4 * g; }
  PINYON_HD static float scale(const Raw& raw, int) { return raw.d; }
  PINYON_HD static float min(const Raw&, int) { return 0.f; }
  PINYON_HD static void codes(uint32_t q, float offset, float (&y)[2][4]) {
    bytes_to_floats(q & 0x0f0f0f0f, offset, y[0]);
    bytes_to_floats(q >> 4 & 0x0f0f0f0f, offset, y[1]);
  }
};

struct Q4_0Units : NibbleUnits {
  PINYON_HD static Raw load(const Matrix& m, int row, int unit) {
    const size_t b = block(m, row, unit);
    return {load128(m.weights + b * 16), load_half(m.weights + m.total * 16 + b * 2)};
  }
  PINYON_HD static void codes(const Raw& raw, int w, float (&y)[2][4]) { NibbleUnits::codes(raw.q.word[w], 8.f, y); }
};

struct NibbleMinUnits : NibbleUnits {
  static constexpr bool MINIMA = true;
  struct Raw {
    Words4 q;
    float d, min;
  };
  PINYON_HD static float scale(const Raw& raw, int) { return raw.d; }
  PINYON_HD static float min(const Raw& raw, int) { return raw.min; }
};

struct Q4_1Units : NibbleMinUnits {
  PINYON_HD static Raw load(const Matrix& m, int row, int unit) {
    const size_t b = block(m, row, unit);
    const uint32_t halves = load32(m.weights + m.total * 16 + b * 4);
    return {load128(m.weights + b * 16), half_to_float(halves & 0xffff), -half_to_float(halves >> 16)};
  }
  PINYON_HD static void codes(const Raw& raw, int w, float (&y)[2][4]) { NibbleUnits::codes(raw.q.word[w], 0.f, y); }
};

// Bits 4w .. 4w+3 of `fifth` spread to bit 4 of each of four bytes.
PINYON_HD uint32_t spread_fifth(uint32_t fifth, int w) {
  // four shifted copies, none of which carries into a bit that the mask keeps
  return ((fifth >> (4 * w) & 15) * 0x02040810u) & 0x10101010u;
}

PINYON_HD void five_bit_codes(uint32_t q, uint32_t fifth, int w, float offset, float (&y)[2][4]) {
  bytes_to_floats((q & 0x0f0f0f0f) | spread_fifth(fifth, w), offset, y[0]);
  bytes_to_floats((q >> 4 & 0x0f0f0f0f) | spread_fifth(fifth, w + 4), offset, y[1]);
}

struct Q5_0Units : NibbleUnits {
  struct Raw {
    Words4 q;
    uint32_t fifth;
    float d;
  };
  PINYON_HD static Raw load(const Matrix& m, int row, int unit) {
    const size_t b = block(m, row, unit);
    return {load128(m.weights + b * 16), load32(m.weights + m.total * 16 + b * 4),
            load_half(m.weights + m.total * 20 + b * 2)};
  }
  PINYON_HD static float scale(const Raw& raw, int) { return raw.d; }
  PINYON_HD static float min(const Raw&, int) { return 0.f; }
  PINYON_HD static void codes(const Raw& raw, int w, float (&y)[2][4]) {
    five_bit_codes(raw.q.word[w], raw.fifth, w, 16.f, y);
  }
};

struct Q5_1Units : NibbleUnits {
  static constexpr bool MINIMA = true;
  struct Raw {
    Words4 q;
    uint32_t fifth;
    float d, min;
  };
  PINYON_HD static Raw load(const Matrix& m, int row, int unit) {
    const size_t b = block(m, row, unit);
    const uint32_t halves = load32(m.weights + m.total * 20 + b * 4);
    return {load128(m.weights + b * 16), load32(m.weights + m.total * 16 + b * 4), half_to_float(halves & 0xffff),
            -half_to_float(halves >> 16)};
  }
  PINYON_HD static float scale(const Raw& raw, int) { return raw.d; }
  PINYON_HD static float min(const Raw& raw, int) { return raw.min; }
  PINYON_HD static void codes(const Raw& raw, int w, float (&y)[2][4]) {
    five_bit_codes(raw.q.word[w], raw.fifth, w, 0.f, y);
  }
};

// A unit is half a block.
struct Q8_0Units {
  static constexpr int UNIT = 16, GROUPS = 1, WORDS = 4, ONE = 4, FEW = 4, FEW_BLOCKS = 2;
  static constexpr bool SCALED = true, MINIMA = false;
  typedef NibbleUnits::Raw Raw;
  PINYON_HD static Raw load(const Matrix& m, int row, int unit) {
    const size_t half = static_cast<unsigned>(row) * static_cast<unsigned>(m.cols / 16) + static_cast<unsigned>(unit);
    return {load128(m.weights + half * 16), load_half(m.weights + m.total * 32 + half / 2 * 2)};
  }
  PINYON_HD static int chunk(int unit, int) { return 4 * unit; }
  PINYON_HD static void codes(const Raw& raw, int w, float (&y)[1][4]) {
    bytes_to_floats(raw.q.word[w] ^ 0x80808080, 128.f, y[0]);
  }
  PINYON_HD static float scale(const Raw& raw, int) { return raw.d; }
  PINYON_HD static float min(const Raw&, int) { return 0.f; }
};

// The 16 levels, each plus 128, as bytes.
PINYON_HD void uneven_codes(uint32_t q, float (&y)[2][4]) {
  uint32_t low, high;
  table16(q, 0x3f2d1801, 0x766a5d4f, 0xa6998d81, 0xf1d9c5b5, low, high);
  bytes_to_floats(low, 128.f, y[0]);
  bytes_to_floats(high, 128.f, y[1]);
}

struct IQ4_NLUnits : Q4_0Units {
  PINYON_HD static void codes(const Raw& raw, int w, float (&y)[2][4]) { uneven_codes(raw.q.word[w], y); }
};

struct MXFP4Units : NibbleUnits {
  PINYON_HD static Raw load(const Matrix& m, int row, int unit) {
    const size_t b = block(m, row, unit);
    return {load128(m.weights + b * 16), power_of_two(m.weights[m.total * 16 + b])};
  }
  PINYON_HD static void codes(const Raw& raw, int w, float (&y)[2][4]) {
    uint32_t low, high;
    table16(raw.q.word[w], 0x83828180, 0x8c888684, 0x7d7e7f80, 0x74787a7c, low, high);
    bytes_to_floats(low, 128.f, y[0]);
    bytes_to_floats(high, 128.f, y[1]);
  }
};

// ---- blocks of 256 ---------------------------------------------------------------------------------------------------

struct SuperBlockUnits {
  static constexpr bool SCALED = true;
  PINYON_HD static size_t block(const Matrix& m, int row, int index) {
    return static_cast<unsigned>(row) * static_cast<unsigned>(m.cols / 256) + static_cast<unsigned>(index);
  }
};

// Two bits a weight: 16 bytes hold a run of 16 of each quarter of 128 weights; a block has four such units.
struct PairUnits : SuperBlockUnits {
  static constexpr int UNIT = 64, GROUPS = 4, WORDS = 4;
  PINYON_HD static int chunk(int unit, int g) { return unit / 2 * 32 + unit % 2 * 4 + 8 * g; }
};

struct Q2_KUnits : PairUnits {
  static constexpr int ONE = 2, FEW = 2, FEW_BLOCKS = 1;
  static constexpr bool MINIMA = true;
  struct Raw {
    Words4 q;
    float scale[4], min[4];
  };
  PINYON_HD static Raw load(const Matrix& m, int row, int unit) {
    const size_t b = block(m, row, unit / 4);
    Raw raw;
    raw.q = load128(m.weights + b * 64 + unit % 4 * 16);
    const uint64_t packed = load64(m.weights + m.total * 64 + b * 16 + unit % 4 / 2 * 8) >> (unit % 2 * 8);
    const uint32_t halves = load32(m.weights + m.total * 80 + b * 4);
    const float d = half_to_float(halves & 0xffff), dmin = half_to_float(halves >> 16);
    for (int g = 0; g < 4; ++g) {
      const uint32_t code = static_cast<uint32_t>(packed >> (16 * g) & 0xff);
      raw.scale[g] = mul(d, static_cast<float>(code & 15));
      raw.min[g] = mul(dmin, static_cast<float>(code >> 4));
    }
    return raw;
  }
  PINYON_HD static void codes(const Raw& raw, int w, float (&y)[4][4]) {
    for (int g = 0; g < 4; ++g) bytes_to_floats(raw.q.word[w] >> (2 * g) & 0x03030303, 0.f, y[g]);
  }
  PINYON_HD static float scale(const Raw& raw, int g) { return raw.scale[g]; }
  PINYON_HD static float min(const Raw& raw, int g) { return raw.min[g]; }
};

struct Q3_KUnits : PairUnits {
  static constexpr int ONE = 2, FEW = 2, FEW_BLOCKS = 1;
  static constexpr bool MINIMA = false;
  struct Raw {
    Words4 q, third;
    float scale[4];
  };
  PINYON_HD static Raw load(const Matrix& m, int row, int unit) {
    const size_t b = block(m, row, unit / 4);
    const int half = unit % 4 / 2, side = unit % 2;
    Raw raw;
    raw.q = load128(m.weights + b * 64 + unit % 4 * 16);
    raw.third = load128(m.weights + m.total * 64 + b * 32 + side * 16);
    const uint8_t* scales = m.weights + m.total * 96 + b * 12;
    const float d = load_half(m.weights + m.total * 108 + b * 2);
    for (int w = 0; w < 4; ++w) raw.third.word[w] >>= 4 * half;
    // scales 8 half + 2 g + side: low nibbles in bytes 0..7, upper pairs in bytes 8..11
    const uint32_t low0 = load32(scales) >> (4 * half + 8 * side), low1 = load32(scales + 4) >> (4 * half + 8 * side);
    const uint32_t high = load32(scales + 8) >> (4 * half + 8 * side);
    for (int g = 0; g < 4; ++g) {
      const uint32_t low = (g < 2 ? low0 : low1) >> (g % 2 * 16) & 15;
      const uint32_t upper = high >> (g % 2 * 16 + g / 2 * 2) & 3;
      raw.scale[g] = mul(d, static_cast<float>(static_cast<int>(low | upper << 4) - 32));
    }
    return raw;
  }
  PINYON_HD static void codes(const Raw& raw, int w, float (&y)[4][4]) {
    for (int g = 0; g < 4; ++g) {
      const uint32_t low = raw.q.word[w] >> (2 * g) & 0x03030303, third = raw.third.word[w] >> g & 0x01010101;
      bytes_to_floats(low | third << 2, 4.f, y[g]);
    }
  }
  PINYON_HD static float scale(const Raw& raw, int g) { return raw.scale[g]; }
  PINYON_HD static float min(const Raw&, int) { return 0.f; }
};

// 32 bytes hold a run of 32 in the low nibbles and the next 32 in the high ones; a block has four such units.
struct LongUnits : SuperBlockUnits {
  static constexpr int UNIT = 64, GROUPS = 2, WORDS = 8, ONE = 2, FEW = 2, FEW_BLOCKS = 2;
  static constexpr bool MINIMA = true;
  PINYON_HD static int chunk(int unit, int g) { return unit * 16 + 8 * g; }

  // From the first 16 bytes of a block; `run` is the unit's place in it.
  PINYON_HD static void scales(const Words4& head, int run, float (&scale)[2], float (&min)[2]) {
    uint32_t codes, minima;
    scales_q4_k(head.word[1], head.word[2], head.word[3], run >= 2, codes, minima);
    const float d = half_to_float(head.word[0] & 0xffff), dmin = half_to_float(head.word[0] >> 16);
    float c[4], n[4];
    bytes_to_floats(codes >> (run % 2 * 16), 0.f, c);
    bytes_to_floats(minima >> (run % 2 * 16), 0.f, n);
    for (int g = 0; g < 2; ++g) {
      scale[g] = mul(d, c[g]);
      min[g] = mul(dmin, n[g]);
    }
  }
};

struct Q4_KUnits : LongUnits {
  struct Raw {
    Words4 q[2];
    float scale[2], min[2];
  };
  PINYON_HD static Raw load(const Matrix& m, int row, int unit) {
    const uint8_t* b = m.weights + block(m, row, unit / 4) * 144;
    const int run = unit % 4;
    Raw raw;
    raw.q[0] = load128(b + 16 + run * 32);
    raw.q[1] = load128(b + 32 + run * 32);
    scales(load128(b), run, raw.scale, raw.min);
    return raw;
  }
  PINYON_HD static void codes(const Raw& raw, int w, float (&y)[2][4]) {
    NibbleUnits::codes(raw.q[w / 4].word[w % 4], 0.f, y);
  }
  PINYON_HD static float scale(const Raw& raw, int g) { return raw.scale[g]; }
  PINYON_HD static float min(const Raw& raw, int g) { return raw.min[g]; }
};

struct Q5_KUnits : LongUnits {
  struct Raw {
    Words4 q[2], fifth[2];
    float scale[2], min[2];
  };
  PINYON_HD static Raw load(const Matrix& m, int row, int unit) {
    const uint8_t* b = m.weights + block(m, row, unit / 4) * 176;
    const int run = unit % 4;
    Raw raw;
    raw.q[0] = load128(b + 48 + run * 32);
    raw.q[1] = load128(b + 64 + run * 32);
    raw.fifth[0] = load128(b + 16);
    raw.fifth[1] = load128(b + 32);
    for (int i = 0; i < 8; ++i) raw.fifth[i / 4].word[i % 4] >>= 2 * run;
    scales(load128(b), run, raw.scale, raw.min);
    return raw;
  }
  PINYON_HD static void codes(const Raw& raw, int w, float (&y)[2][4]) {
    const uint32_t q = raw.q[w / 4].word[w % 4], fifth = raw.fifth[w / 4].word[w % 4];
    bytes_to_floats((q & 0x0f0f0f0f) | (fifth << 4 & 0x10101010), 0.f, y[0]);
    bytes_to_floats((q >> 4 & 0x0f0f0f0f) | (fifth << 3 & 0x10101010), 0.f, y[1]);
  }
  PINYON_HD static float scale(const Raw& raw, int g) { return raw.scale[g]; }
  PINYON_HD static float min(const Raw& raw, int g) { return raw.min[g]; }
};

// 16 bytes of low nibbles hold a run of 16 and the run 64 weights further; a block has eight such units.
struct Q6_KUnits : SuperBlockUnits {
  static constexpr int UNIT = 32, GROUPS = 2, WORDS = 4, ONE = 2, FEW = 4, FEW_BLOCKS = 1;
  static constexpr bool MINIMA = false;
  struct Raw {
    Words4 q, upper;
    float scale[2];
  };
  PINYON_HD static Raw load(const Matrix& m, int row, int unit) {
    const size_t b = block(m, row, unit / 8);
    const int half = unit % 8 / 4, quarter = unit % 4 / 2, side = unit % 2;
    Raw raw;
    raw.q = load128(m.weights + b * 128 + unit % 8 * 16);
    raw.upper = load128(m.weights + m.total * 128 + b * 64 + half * 32 + side * 16);
    const int8_t* scales =
        reinterpret_cast<const int8_t*>(m.weights + m.total * 192 + b * 16 + half * 8 + quarter * 2 + side);
    const float d = load_half(m.weights + m.total * 208 + b * 2);
    for (int w = 0; w < 4; ++w) raw.upper.word[w] >>= 2 * quarter;
    raw.scale[0] = mul(d, static_cast<float>(scales[0]));
    raw.scale[1] = mul(d, static_cast<float>(scales[4]));
    return raw;
  }
  PINYON_HD static int chunk(int unit, int g) {
    return unit / 4 * 32 + unit % 4 / 2 * 8 + unit % 2 * 4 + 16 * g;
  }
  PINYON_HD static void codes(const Raw& raw, int w, float (&y)[2][4]) {
    const uint32_t q = raw.q.word[w], upper = raw.upper.word[w];
    bytes_to_floats((q & 0x0f0f0f0f) | (upper << 4 & 0x30303030), 32.f, y[0]);
    bytes_to_floats((q >> 4 & 0x0f0f0f0f) | (upper & 0x30303030), 32.f, y[1]);
  }
  PINYON_HD static float scale(const Raw& raw, int g) { return raw.scale[g]; }
  PINYON_HD static float min(const Raw&, int) { return 0.f; }
};

struct IQ4_XSUnits : SuperBlockUnits {
  static constexpr int UNIT = 32, GROUPS = 2, WORDS = 4, ONE = 4, FEW = 4, FEW_BLOCKS = 2;
  static constexpr bool MINIMA = false;
  typedef NibbleUnits::Raw Raw;
  PINYON_HD static Raw load(const Matrix& m, int row, int unit) {
    const size_t b = block(m, row, unit / 8);
    const uint64_t head = load64(m.weights + m.total * 128 + b * 8);
    return {load128(m.weights + b * 128 + unit % 8 * 16),
            mul(half_to_float(static_cast<uint32_t>(head & 0xffff)),
                static_cast<float>(IQ4_XS::scale_code(head, unit % 8)))};
  }
  PINYON_HD static int chunk(int unit, int g) { return 8 * unit + 4 * g; }
  PINYON_HD static void codes(const Raw& raw, int w, float (&y)[2][4]) { uneven_codes(raw.q.word[w], y); }
  PINYON_HD static float scale(const Raw& raw, int) { return raw.d; }
  PINYON_HD static float min(const Raw&, int) { return 0.f; }
};

// ---- any other format: eight weights at a time, decoded as everywhere -------------------------------------------------

template <class F> struct DecodedUnits {
  static constexpr int UNIT = 8, GROUPS = 2, WORDS = 1, ONE = 2, FEW = 2, FEW_BLOCKS = 2;
  static constexpr bool SCALED = false, MINIMA = false;
  struct Raw {
    float y[8];
  };
  PINYON_HD static Raw load(const Matrix& m, int row, int unit) {
    constexpr int IN_BLOCK = F::ELEMENTS / 8;
    const size_t block = static_cast<unsigned>(row) * static_cast<unsigned>(m.cols / F::ELEMENTS) +
                         static_cast<unsigned>(unit / IN_BLOCK);
    Raw raw;
    F::decode8(m.weights, m.total, block, unit % IN_BLOCK, raw.y);
    return raw;
  }
  PINYON_HD static int chunk(int unit, int g) { return 2 * unit + g; }
  PINYON_HD static void codes(const Raw& raw, int, float (&y)[2][4]) {
    for (int i = 0; i < 8; ++i) y[i / 4][i % 4] = raw.y[i];
  }
  PINYON_HD static float scale(const Raw&, int) { return 1.f; }
  PINYON_HD static float min(const Raw&, int) { return 0.f; }
};

}  // namespace pinyon
