/* SPDX-License-Identifier: Apache-2.0 */
// The tensor-core product: tiles of 128 x 128, k in steps of 64 through three stages of asynchronous copies.
//
// Eight warps in two rows of four, each with 64 x 32 of the tile in registers. Rows of a stage are 128 bytes; their
// 16-byte chunks are exchanged by the row's lowest bits, so that ldmatrix reads every bank once. What lies outside the
// matrices is copied as zeros.
#pragma once

#include <cstddef>
#include <cstdint>

namespace pinyon {

constexpr int GEMM_THREADS = 256, GEMM_TILE = 128, GEMM_DEPTH = 64, GEMM_STAGES = 3;
constexpr int GEMM_OPERAND_BYTES = GEMM_TILE * GEMM_DEPTH * 2, GEMM_STAGE_BYTES = 2 * GEMM_OPERAND_BYTES;
// Rows of tiles that are worked on together, so that what runs at one time shares operands in the L2 cache.
constexpr int GEMM_BAND = 16;

__device__ __forceinline__ void copy_async(uint32_t to, const void* from, bool inside) {
  asm volatile("cp.async.cg.shared.global [%0], [%1], 16, %2;" ::"r"(to), "l"(from), "r"(inside ? 16 : 0) : "memory");
}
__device__ __forceinline__ void commit_copies() { asm volatile("cp.async.commit_group;" ::: "memory"); }
template <int N> __device__ __forceinline__ void await_copies() { asm volatile("cp.async.wait_group %0;" ::"n"(N) : "memory"); }

__device__ __forceinline__ void load_matrices(uint32_t (&r)[4], uint32_t from) {
  asm volatile("ldmatrix.sync.aligned.m8n8.x4.shared.b16 {%0, %1, %2, %3}, [%4];"
               : "=r"(r[0]), "=r"(r[1]), "=r"(r[2]), "=r"(r[3]) : "r"(from) : "memory");
}
__device__ __forceinline__ void multiply_add(float (&d)[4], const uint32_t (&a)[4], uint32_t b0, uint32_t b1) {
  asm("mma.sync.aligned.m16n8k16.row.col.f32.bf16.bf16.f32 {%0, %1, %2, %3}, {%4, %5, %6, %7}, {%8, %9}, {%0, %1, %2, %3};"
      : "+f"(d[0]), "+f"(d[1]), "+f"(d[2]), "+f"(d[3])
      : "r"(a[0]), "r"(a[1]), "r"(a[2]), "r"(a[3]), "r"(b0), "r"(b1));
}

// Byte of a 16-byte chunk of a stage's operand.
__device__ __forceinline__ uint32_t at(int row, int chunk) { return row * 128 + ((chunk ^ (row & 7)) << 4); }

struct Tile {
  int row, col;
};

// Tiles are numbered down bands of GEMM_BAND rows of tiles, column by column.
__device__ __forceinline__ Tile tile_of(int index, int m, int n) {
  const int down = (m + GEMM_TILE - 1) / GEMM_TILE, across = (n + GEMM_TILE - 1) / GEMM_TILE;
  const int band = index / (GEMM_BAND * across), inBand = index % (GEMM_BAND * across);
  const int height = min(GEMM_BAND, down - band * GEMM_BAND);
  return {(band * GEMM_BAND + inBand % height) * GEMM_TILE, inBand / height * GEMM_TILE};
}

// Copies rows `row0`.. and columns `k0`.. of a matrix [rows, k] to one operand of a stage.
__device__ __forceinline__ void copy_operand(uint32_t to, const uint16_t* from, int row0, int rows, int k0, int k) {
#pragma unroll
  for (int i = 0; i < GEMM_TILE * 8 / GEMM_THREADS; ++i) {
    const int row = threadIdx.x / 8 + i * (GEMM_THREADS / 8), chunk = threadIdx.x % 8;
    const bool inside = row0 + row < rows && k0 + chunk * 8 < k;
    const uint16_t* source = inside ? from + static_cast<size_t>(row0 + row) * k + k0 + chunk * 8 : from;
    copy_async(to + at(row, chunk), source, inside);
  }
}

__device__ __forceinline__ void store_pair(float* c, int row, int col, int m, int n, size_t stride, float x, float y) {
  if (row >= m) return;
  float* to = c + row * stride + col;
  if (col + 1 < n && (stride & 1) == 0) {
    *reinterpret_cast<float2*>(to) = make_float2(x, y);
    return;
  }
  if (col < n) to[0] = x;
  if (col + 1 < n) to[1] = y;
}

__device__ __forceinline__ void gemm_bf16(const uint16_t* a, const uint16_t* b, float* c, int m, int n, int k,
                                          int stride) {
  extern __shared__ __align__(128) uint8_t stages[];
  const uint32_t base = static_cast<uint32_t>(__cvta_generic_to_shared(stages));
  const int lane = threadIdx.x % 32, warp = threadIdx.x / 32;
  const int warpRow = warp / 4 * 64, warpCol = warp % 4 * 32;
  const Tile tile = tile_of(blockIdx.x, m, n);
  const int steps = (k + GEMM_DEPTH - 1) / GEMM_DEPTH;

  float sums[4][4][4] = {};
#pragma unroll
  for (int s = 0; s < GEMM_STAGES - 1; ++s) {
    if (s < steps) {
      copy_operand(base + s * GEMM_STAGE_BYTES, a, tile.row, m, s * GEMM_DEPTH, k);
      copy_operand(base + s * GEMM_STAGE_BYTES + GEMM_OPERAND_BYTES, b, tile.col, n, s * GEMM_DEPTH, k);
    }
    commit_copies();
  }
  for (int step = 0; step < steps; ++step) {
    await_copies<GEMM_STAGES - 2>();
    // this step's stage is there for all, and nobody still reads the one that is filled next
    __syncthreads();
    const int ahead = step + GEMM_STAGES - 1;
    if (ahead < steps) {
      const uint32_t to = base + ahead % GEMM_STAGES * GEMM_STAGE_BYTES;
      copy_operand(to, a, tile.row, m, ahead * GEMM_DEPTH, k);
      copy_operand(to + GEMM_OPERAND_BYTES, b, tile.col, n, ahead * GEMM_DEPTH, k);
    }
    commit_copies();
    const uint32_t stageA = base + step % GEMM_STAGES * GEMM_STAGE_BYTES, stageB = stageA + GEMM_OPERAND_BYTES;
#pragma unroll
    for (int kk = 0; kk < GEMM_DEPTH / 16; ++kk) {
      uint32_t fragmentA[4][4], fragmentB[2][4];
#pragma unroll
      for (int i = 0; i < 4; ++i)
        load_matrices(fragmentA[i], stageA + at(warpRow + i * 16 + lane % 16, kk * 2 + lane / 16));
#pragma unroll
      for (int j = 0; j < 2; ++j)
        load_matrices(fragmentB[j],
                      stageB + at(warpCol + j * 16 + lane % 8 + lane / 16 * 8, kk * 2 + lane / 8 % 2));
#pragma unroll
      for (int i = 0; i < 4; ++i) {
#pragma unroll
        for (int j = 0; j < 4; ++j)
          multiply_add(sums[i][j], fragmentA[i], fragmentB[j / 2][j % 2 * 2], fragmentB[j / 2][j % 2 * 2 + 1]);
      }
    }
  }
  await_copies<0>();

#pragma unroll
  for (int i = 0; i < 4; ++i) {
#pragma unroll
    for (int j = 0; j < 4; ++j) {
      const int row = tile.row + warpRow + i * 16 + lane / 4, col = tile.col + warpCol + j * 8 + lane % 4 * 2;
      store_pair(c, row, col, m, n, stride, sums[i][j][0], sums[i][j][1]);
      store_pair(c, row + 8, col, m, n, stride, sums[i][j][2], sums[i][j][3]);
    }
  }
}

}  // namespace pinyon
