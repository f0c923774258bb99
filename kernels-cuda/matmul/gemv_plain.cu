/* SPDX-License-Identifier: Apache-2.0 */
// Products of few rows with plain elements. The kernels with wide loads need rows of 16 bytes' multiples and k % 4 == 0;
// the _any kernels take every width.
#include "gemv.cuh"

PINYON_GEMV(gemv_f32, pinyon::F32Units, 1)
PINYON_GEMV(gemv_f16, pinyon::F16Units, 1)
PINYON_GEMV(gemv_bf16, pinyon::BF16Units, 1)

namespace pinyon {

struct AnyF32 {
  static __device__ __forceinline__ float at(const uint8_t* w, size_t i) { return bits_to_float(load32(w + 4 * i)); }
};
struct AnyF16 {
  static __device__ __forceinline__ float at(const uint8_t* w, size_t i) { return load_half(w + 2 * i); }
};
struct AnyBF16 {
  static __device__ __forceinline__ float at(const uint8_t* w, size_t i) { return bits_to_float(load16(w + 2 * i) << 16); }
};

// One warp for each matrix row, x read through the cache.
template <class E> __device__ __forceinline__ void gemv_any(const float* x, int k, int rows, const uint8_t* weights,
                                                            float* out, int outputs) {
  constexpr int T = 8;
  const int lane = threadIdx.x % 32, row = blockIdx.x * GEMV_WARPS + threadIdx.x / 32;
  const int token0 = blockIdx.y * T, tokens = min(rows - token0, T);
  if (row >= outputs) return;
  x += static_cast<size_t>(token0) * k;
  float acc[T] = {};
  for (int i = lane; i < k; i += 32) {
    const float w = E::at(weights, static_cast<size_t>(row) * k + i);
#pragma unroll
    for (int t = 0; t < T; ++t)
      if (t < tokens) acc[t] = fmaf(w, x[static_cast<size_t>(t) * k + i], acc[t]);
  }
  const float total = sum_over_warp<T>(acc, lane);
  const int t = lane / (32 / T);
  if (lane % (32 / T) == 0 && t < tokens) out[static_cast<size_t>(token0 + t) * outputs + row] = total;
}

}  // namespace pinyon

#define PINYON_GEMV_ANY(name, E)                                                                                      \
  extern "C" __global__ void __launch_bounds__(pinyon::GEMV_WARPS * 32)                                               \
      name(const float* x, int k, int rows, const uint8_t* weights, float* out, int outputs) {                        \
    pinyon::gemv_any<pinyon::E>(x, k, rows, weights, out, outputs);                                                   \
  }
PINYON_GEMV_ANY(gemv_f32_any, AnyF32)
PINYON_GEMV_ANY(gemv_f16_any, AnyF16)
PINYON_GEMV_ANY(gemv_bf16_any, AnyBF16)
