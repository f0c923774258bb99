/* SPDX-License-Identifier: Apache-2.0 */
// The float32 product: tiles of 128 x 128, k in steps of 8, 8 x 8 sums to a thread. The next step is read from global memory
// while this one is multiplied; longer steps would take more registers than two blocks have.
#pragma once

#include "gemm.cuh"

namespace pinyon {

constexpr int FLOAT_DEPTH = 8;
// Four values of padding keep rows aligned to 16 bytes and writes of neighbouring k apart.
constexpr int FLOAT_ROW = GEMM_TILE + 4;

struct FloatStage {
  float a[FLOAT_DEPTH][FLOAT_ROW], b[FLOAT_DEPTH][FLOAT_ROW];
};

// Four values along k of row threadIdx.x / 2.
__device__ __forceinline__ float4 read_row(const float* from, int row0, int rows, int k0, int k) {
  const int row = row0 + threadIdx.x / 2, col = k0 + threadIdx.x % 2 * 4;
  return row < rows && col < k ? *reinterpret_cast<const float4*>(from + static_cast<size_t>(row) * k + col)
                               : make_float4(0.f, 0.f, 0.f, 0.f);
}

__device__ __forceinline__ void write_column(float (&to)[FLOAT_DEPTH][FLOAT_ROW], float4 from) {
  const int row = threadIdx.x / 2, col = threadIdx.x % 2 * 4;
  to[col][row] = from.x;
  to[col + 1][row] = from.y;
  to[col + 2][row] = from.z;
  to[col + 3][row] = from.w;
}

__device__ __forceinline__ void eight(float (&to)[8], const float* row, int at) {
  const float4 first = *reinterpret_cast<const float4*>(row + at), second = *reinterpret_cast<const float4*>(row + at + 64);
  to[0] = first.x, to[1] = first.y, to[2] = first.z, to[3] = first.w;
  to[4] = second.x, to[5] = second.y, to[6] = second.z, to[7] = second.w;
}

__device__ __forceinline__ void gemm_f32(const float* a, const float* b, float* c, int m, int n, int k, int stride) {
  __shared__ __align__(16) FloatStage stages[2];
  const Tile tile = tile_of(blockIdx.x, m, n);
  // a thread's rows and columns are two runs of four, 64 apart: neighbours then read neighbouring banks
  const int down = threadIdx.x / 16 * 4, across = threadIdx.x % 16 * 4;
  const int steps = (k + FLOAT_DEPTH - 1) / FLOAT_DEPTH;
  float sums[8][8] = {};
  float4 nextA = read_row(a, tile.row, m, 0, k), nextB = read_row(b, tile.col, n, 0, k);
  write_column(stages[0].a, nextA);
  write_column(stages[0].b, nextB);
  __syncthreads();
  for (int step = 0; step < steps; ++step) {
    const FloatStage& now = stages[step % 2];
    if (step + 1 < steps) {
      nextA = read_row(a, tile.row, m, (step + 1) * FLOAT_DEPTH, k);
      nextB = read_row(b, tile.col, n, (step + 1) * FLOAT_DEPTH, k);
    }
#pragma unroll
    for (int kk = 0; kk < FLOAT_DEPTH; ++kk) {
      float x[8], y[8];
      eight(x, now.a[kk], down);
      eight(y, now.b[kk], across);
#pragma unroll
      for (int i = 0; i < 8; ++i) {
#pragma unroll
        for (int j = 0; j < 8; ++j) sums[i][j] = fmaf(x[i], y[j], sums[i][j]);
      }
    }
    if (step + 1 < steps) {
      // the other stage was last read before the barrier that ended the step before
      write_column(stages[(step + 1) % 2].a, nextA);
      write_column(stages[(step + 1) % 2].b, nextB);
      __syncthreads();
    }
  }
#pragma unroll
  for (int i = 0; i < 8; ++i) {
#pragma unroll
    for (int j = 0; j < 8; j += 2)
      store_pair(c, tile.row + down + i % 4 + i / 4 * 64, tile.col + across + j % 4 + j / 4 * 64, m, n, stride,
                 sums[i][j], sums[i][j + 1]);
  }
}

}  // namespace pinyon
