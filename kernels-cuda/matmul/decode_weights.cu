/* SPDX-License-Identifier: Apache-2.0 */
// Rows of weight matrices as numbers: embeddings, slabs of weights for products of many rows, and activations in the
// type that tensor cores take.
#include <cuda_bf16.h>

#include "../common/blocks.cuh"
#include "../common/blocks_iq.cuh"
#include "../common/blocks_k.cuh"

namespace pinyon {

// Out is a float32 or bfloat16 matrix whose rows are `stride` values apart.
struct Target {
  void* out;
  int stride;
  bool bfloat16;

  __device__ __forceinline__ void put(size_t row, int col, float value) const {
    const size_t i = row * stride + col;
    if (bfloat16)
      static_cast<__nv_bfloat16*>(out)[i] = __float2bfloat16_rn(value);
    else
      static_cast<float*>(out)[i] = value;
  }

  // Eight values at a column that is a multiple of eight; the stride is one too.
  __device__ __forceinline__ void put8(size_t row, int col, const float (&y)[8]) const {
    const size_t i = row * stride + col;
    if (bfloat16) {
      __nv_bfloat162 pairs[4];
#pragma unroll
      for (int j = 0; j < 4; ++j) pairs[j] = __floats2bfloat162_rn(y[2 * j], y[2 * j + 1]);
      uint4 packed;
      packed.x = *reinterpret_cast<uint32_t*>(&pairs[0]);
      packed.y = *reinterpret_cast<uint32_t*>(&pairs[1]);
      packed.z = *reinterpret_cast<uint32_t*>(&pairs[2]);
      packed.w = *reinterpret_cast<uint32_t*>(&pairs[3]);
      *reinterpret_cast<uint4*>(static_cast<__nv_bfloat16*>(out) + i) = packed;
    } else {
      float4* to = reinterpret_cast<float4*>(static_cast<float*>(out) + i);
      to[0] = make_float4(y[0], y[1], y[2], y[3]);
      to[1] = make_float4(y[4], y[5], y[6], y[7]);
    }
  }
};

// Row `index` of the result comes from this row of the matrix: a token's, kept inside the table, or the next one.
__device__ __forceinline__ size_t source_row(const int* tokens, int firstRow, int rows, int index) {
  return tokens == nullptr ? static_cast<size_t>(firstRow) + index : min(max(tokens[index], 0), rows - 1);
}

// blockIdx.x: row of the result; eight columns to a thread.
template <class F> __device__ __forceinline__ void decode(const uint8_t* weights, int rows, int cols, const int* tokens,
                                                          int firstRow, float scale, Target target) {
  const int index = blockIdx.x, group = blockIdx.y * blockDim.x + threadIdx.x;
  if (group >= cols / 8) return;
  constexpr int IN_BLOCK = F::ELEMENTS / 8;
  const size_t blocksInRow = cols / F::ELEMENTS;
  const size_t block = source_row(tokens, firstRow, rows, index) * blocksInRow + group / IN_BLOCK;
  float y[8];
  F::decode8(weights, rows * blocksInRow, block, group % IN_BLOCK, y);
#pragma unroll
  for (int i = 0; i < 8; ++i) y[i] = mul(y[i], scale);
  target.put8(index, group * 8, y);
}

struct F32 {
  static __device__ __forceinline__ float at(const uint8_t* w, size_t i) { return bits_to_float(load32(w + 4 * i)); }
  // not through the read-only cache, since activations come this way too
  static __device__ __forceinline__ void at8(const uint8_t* w, size_t i, float (&y)[8]) {
    const float4* p = reinterpret_cast<const float4*>(w + 4 * i);
    const float4 a = p[0], b = p[1];
    y[0] = a.x, y[1] = a.y, y[2] = a.z, y[3] = a.w, y[4] = b.x, y[5] = b.y, y[6] = b.z, y[7] = b.w;
  }
};
struct F16 {
  static __device__ __forceinline__ float at(const uint8_t* w, size_t i) { return load_half(w + 2 * i); }
  static __device__ __forceinline__ void at8(const uint8_t* w, size_t i, float (&y)[8]) {
    const Words4 q = load128(w + 2 * i);
#pragma unroll
    for (int j = 0; j < 8; ++j) y[j] = half_to_float(q.word[j / 2] >> (j % 2 * 16) & 0xffff);
  }
};
struct BF16 {
  static __device__ __forceinline__ float at(const uint8_t* w, size_t i) { return bits_to_float(load16(w + 2 * i) << 16); }
  static __device__ __forceinline__ void at8(const uint8_t* w, size_t i, float (&y)[8]) {
    const Words4 q = load128(w + 2 * i);
#pragma unroll
    for (int j = 0; j < 8; ++j) y[j] = bits_to_float(j % 2 == 0 ? q.word[j / 2] << 16 : q.word[j / 2] & 0xffff0000);
  }
};

// Any width: columns from `cols` to the stride become zero when there is room for them, as products want it.
template <class E> __device__ __forceinline__ void decode_plain(const uint8_t* weights, int rows, int cols,
                                                                const int* tokens, int firstRow, float scale,
                                                                Target target) {
  const int index = blockIdx.x, col = (blockIdx.y * blockDim.x + threadIdx.x) * 8;
  if (col >= target.stride) return;
  const size_t first = source_row(tokens, firstRow, rows, index) * cols;
  if (cols % 8 == 0) {
    float y[8];
    E::at8(weights, first + col, y);
#pragma unroll
    for (int i = 0; i < 8; ++i) y[i] = mul(y[i], scale);
    target.put8(index, col, y);
    return;
  }
  for (int c = col; c < min(col + 8, target.stride); ++c)
    target.put(index, c, c < cols ? mul(E::at(weights, first + c), scale) : 0.f);
}

}  // namespace pinyon

// out[i] = scale * row of token i, or row firstRow + i where there are no tokens.
#define PINYON_DECODE(name, decoder)                                                                                   \
  extern "C" __global__ void __launch_bounds__(128)                                                                    \
      name(const uint8_t* weights, int rows, int cols, const int* tokens, int firstRow, float scale, void* out,        \
           int stride, int bfloat16) {                                                                                 \
    decoder(weights, rows, cols, tokens, firstRow, scale, pinyon::Target{out, stride, bfloat16 != 0});                 \
  }
PINYON_DECODE(decode_f32, pinyon::decode_plain<pinyon::F32>)
PINYON_DECODE(decode_f16, pinyon::decode_plain<pinyon::F16>)
PINYON_DECODE(decode_bf16, pinyon::decode_plain<pinyon::BF16>)
PINYON_DECODE(decode_q4_0, pinyon::decode<pinyon::Q4_0>)
PINYON_DECODE(decode_q4_1, pinyon::decode<pinyon::Q4_1>)
PINYON_DECODE(decode_q5_0, pinyon::decode<pinyon::Q5_0>)
PINYON_DECODE(decode_q5_1, pinyon::decode<pinyon::Q5_1>)
PINYON_DECODE(decode_q8_0, pinyon::decode<pinyon::Q8_0>)
PINYON_DECODE(decode_iq4_nl, pinyon::decode<pinyon::IQ4_NL>)
PINYON_DECODE(decode_mxfp4, pinyon::decode<pinyon::MXFP4>)
PINYON_DECODE(decode_q2_k, pinyon::decode<pinyon::Q2_K>)
PINYON_DECODE(decode_q3_k, pinyon::decode<pinyon::Q3_K>)
PINYON_DECODE(decode_q4_k, pinyon::decode<pinyon::Q4_K>)
PINYON_DECODE(decode_q5_k, pinyon::decode<pinyon::Q5_K>)
PINYON_DECODE(decode_q6_k, pinyon::decode<pinyon::Q6_K>)
PINYON_DECODE(decode_iq4_xs, pinyon::decode<pinyon::IQ4_XS>)
PINYON_DECODE(decode_iq1_s, pinyon::decode<pinyon::IQ1_S>)
PINYON_DECODE(decode_iq1_m, pinyon::decode<pinyon::IQ1_M>)
PINYON_DECODE(decode_iq2_xxs, pinyon::decode<pinyon::IQ2_XXS>)
PINYON_DECODE(decode_iq2_xs, pinyon::decode<pinyon::IQ2_XS>)
PINYON_DECODE(decode_iq2_s, pinyon::decode<pinyon::IQ2_S>)
PINYON_DECODE(decode_iq3_xxs, pinyon::decode<pinyon::IQ3_XXS>)
PINYON_DECODE(decode_iq3_s, pinyon::decode<pinyon::IQ3_S>)
PINYON_DECODE(decode_tq1_0, pinyon::decode<pinyon::TQ1_0>)
PINYON_DECODE(decode_tq2_0, pinyon::decode<pinyon::TQ2_0>)
