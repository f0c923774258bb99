/* SPDX-License-Identifier: Apache-2.0 */
// Products of many rows: C [m, n] = A [m, k] B [n, k]^T with both factors contiguous along k.
#include "gemm.cuh"
#include "gemm_float32.cuh"

// A and B bfloat16, 16-byte aligned; k a multiple of 8. C is float32 with rows `stride` values apart.
extern "C" __global__ void __launch_bounds__(pinyon::GEMM_THREADS, 2)
    gemm_bf16(const uint16_t* a, const uint16_t* b, float* c, int m, int n, int k, int stride) {
  pinyon::gemm_bf16(a, b, c, m, n, k, stride);
}

// A and B float32, 16-byte aligned; k a multiple of 4.
extern "C" __global__ void __launch_bounds__(pinyon::GEMM_THREADS, 2)
    gemm_f32(const float* a, const float* b, float* c, int m, int n, int k, int stride) {
  pinyon::gemm_f32(a, b, c, m, n, k, stride);
}
