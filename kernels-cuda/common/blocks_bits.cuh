/* SPDX-License-Identifier: Apache-2.0 */
// Little-endian fields, exact arithmetic and bit tricks that weight formats are decoded with, on device and host.
#pragma once

#include <cstddef>
#include <cstdint>

// Check programs define PINYON_HOST_ONLY and run the same formulas on the host.
#if defined(__CUDACC__) && !defined(PINYON_HOST_ONLY)
#include <cuda_fp16.h>
#define PINYON_ON_DEVICE
#define PINYON_HD __device__ __forceinline__
#else
#include <cstring>
#define PINYON_HD inline
#endif

namespace pinyon {

// ---- loads: each needs the alignment of its type ---------------------------------------------------------------------

struct Words4 {
  uint32_t word[4];
};

#ifdef PINYON_ON_DEVICE
PINYON_HD uint32_t load16(const uint8_t* p) { return __ldg(reinterpret_cast<const uint16_t*>(p)); }
PINYON_HD uint32_t load32(const uint8_t* p) { return __ldg(reinterpret_cast<const uint32_t*>(p)); }
PINYON_HD uint64_t load64(const uint8_t* p) {
  return __ldg(reinterpret_cast<const unsigned long long*>(p));
}
PINYON_HD Words4 load128(const uint8_t* p) {
  const uint4 v = __ldg(reinterpret_cast<const uint4*>(p));
  return {{v.x, v.y, v.z, v.w}};
}
#else
template <class T> PINYON_HD T load_as(const uint8_t* p) {
  T value;
  memcpy(&value, p, sizeof value);
  return value;
}
PINYON_HD uint32_t load16(const uint8_t* p) { return load_as<uint16_t>(p); }
PINYON_HD uint32_t load32(const uint8_t* p) { return load_as<uint32_t>(p); }
PINYON_HD uint64_t load64(const uint8_t* p) { return load_as<uint64_t>(p); }
PINYON_HD Words4 load128(const uint8_t* p) { return load_as<Words4>(p); }
#endif

// The same from addresses that are only even.
PINYON_HD uint32_t load32_even(const uint8_t* p) { return load16(p) | load16(p + 2) << 16; }
PINYON_HD uint64_t load64_even(const uint8_t* p) {
  return load32_even(p) | static_cast<uint64_t>(load32_even(p + 4)) << 32;
}

// ---- numbers ---------------------------------------------------------------------------------------------------------

#ifdef PINYON_ON_DEVICE
PINYON_HD float mul(float a, float b) { return __fmul_rn(a, b); }
PINYON_HD float add(float a, float b) { return __fadd_rn(a, b); }
PINYON_HD float sub(float a, float b) { return __fsub_rn(a, b); }
PINYON_HD float bits_to_float(uint32_t bits) { return __uint_as_float(bits); }
PINYON_HD float half_to_float(uint32_t bits) {
  return __half2float(__ushort_as_half(static_cast<unsigned short>(bits)));
}
#else
PINYON_HD float mul(float a, float b) { return a * b; }
PINYON_HD float add(float a, float b) { return a + b; }
PINYON_HD float sub(float a, float b) { return a - b; }
PINYON_HD float bits_to_float(uint32_t bits) {
  float value;
  memcpy(&value, &bits, sizeof value);
  return value;
}
PINYON_HD float half_to_float(uint32_t bits) {
  const uint32_t sign = (bits & 0x8000) << 16, magnitude = bits & 0x7fff;
  if (magnitude >= 0x7c00) return bits_to_float(sign | 0x7f800000 | (magnitude & 0x3ff) << 13);
  // moving the exponent field and multiplying by 2^112 is right for subnormal numbers too
  return bits_to_float(sign | magnitude << 13) * bits_to_float(0x77800000);
}
#endif

PINYON_HD float load_half(const uint8_t* p) { return half_to_float(load16(p)); }

// 2^(exponent - 128) for exponents of 8 bits; the two smallest are subnormal.
PINYON_HD float power_of_two(uint32_t exponent) {
  return bits_to_float(exponent < 2 ? 0x00200000u << exponent : (exponent - 1) << 23);
}

// ---- eight codes -----------------------------------------------------------------------------------------------------

// Eight bytes, the first one lowest.
struct Eight {
  uint64_t bytes;
  PINYON_HD int at(int i) const { return static_cast<int>(bytes >> (8 * i) & 0xff); }
};

// The low (0) or high (1) nibbles of eight bytes.
PINYON_HD Eight nibbles8(uint64_t bytes, int high) { return {bytes >> (4 * high) & 0x0f0f0f0f0f0f0f0full}; }

// Two bits of each of eight bytes, from bit `shift` on.
PINYON_HD Eight pairs8(uint64_t bytes, int shift) { return {bytes >> shift & 0x0303030303030303ull}; }

// Nibble `index` of a run of nibbles, low before high.
PINYON_HD int nibble(const uint8_t* p, int index) { return p[index / 2] >> (index % 2 * 4) & 15; }

// The 16 uneven levels of the IQ4 formats.
PINYON_HD int uneven_level(int code) {
  const uint64_t first = 0xf6eaddcfbfad9881ull, second = 0x7159453526190d01ull;
  return static_cast<int8_t>((code < 8 ? first : second) >> (8 * (code & 7)) & 0xff);
}

// Twice the value of an E2M1 code.
PINYON_HD int doubled_e2m1(int code) {
  const int magnitude = static_cast<int>(0x0c08060403020100ull >> (8 * (code & 7)) & 0xff);
  return code < 8 ? magnitude : -magnitude;
}

// ---- four codes in a word, as products want them -----------------------------------------------------------------------

// Bytes chosen from b:a by the nibbles of the selector, none of which has its upper bit set.
PINYON_HD uint32_t choose_bytes(uint32_t a, uint32_t b, uint32_t selector) {
#ifdef PINYON_ON_DEVICE
  uint32_t r;
  asm("prmt.b32 %0, %1, %2, %3;" : "=r"(r) : "r"(a), "r"(b), "r"(selector));
  return r;
#else
  const uint64_t both = static_cast<uint64_t>(b) << 32 | a;
  uint32_t r = 0;
  for (int i = 0; i < 4; ++i) r |= static_cast<uint32_t>(both >> (8 * (selector >> (4 * i) & 7)) & 0xff) << (8 * i);
  return r;
#endif
}

// y[i] = byte i - offset: 0x4b0000uu is 2^23 + u, and conversion instructions are slow.
PINYON_HD void bytes_to_floats(uint32_t q, float offset, float* y) {
  y[0] = sub(bits_to_float(choose_bytes(q, 0x4b000000, 0x7440)), 8388608.f + offset);
  y[1] = sub(bits_to_float(choose_bytes(q, 0x4b000000, 0x7441)), 8388608.f + offset);
  y[2] = sub(bits_to_float(choose_bytes(q, 0x4b000000, 0x7442)), 8388608.f + offset);
  y[3] = sub(bits_to_float(choose_bytes(q, 0x4b000000, 0x7443)), 8388608.f + offset);
}

// Table bytes at the low nibbles and at the high nibbles of four bytes; the table's first byte is the lowest of word 0.
PINYON_HD void table16(uint32_t q, uint32_t t0, uint32_t t1, uint32_t t2, uint32_t t3, uint32_t& low, uint32_t& high) {
  const uint32_t index = q & 0x77777777, upper = (q & 0x88888888) >> 1 | 0x32103210;
  const uint32_t first = choose_bytes(choose_bytes(t0, t1, index), choose_bytes(t2, t3, index), upper);
  const uint32_t second =
      choose_bytes(choose_bytes(t0, t1, index >> 16), choose_bytes(t2, t3, index >> 16), upper >> 16);
  low = choose_bytes(first, second, 0x6420);
  high = choose_bytes(first, second, 0x7531);
}

}  // namespace pinyon
