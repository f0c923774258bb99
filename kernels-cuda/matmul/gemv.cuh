/* SPDX-License-Identifier: Apache-2.0 */
// out = x W^T for x of few rows: bound by the reading of W.
//
// A block stages x in shared memory, eight warps walk over groups of matrix rows with lanes side by side in a row, decode
// their units in registers and sum in float32. When there are too few rows to fill the GPU, `split` warps share a group
// of rows, each taking every split-th stretch; their sums are added in a fixed order. Nothing depends on timing.
//
// x lies in shared memory in chunks of four values, permuted so that lanes that read at the distances of any format's
// units meet no bank twice.
#pragma once

#include "gemv_formats.cuh"

namespace pinyon {

constexpr int GEMV_WARPS = 8;

__device__ __forceinline__ int permuted(int chunk) {
  const int bits = chunk >> 3;
  return chunk ^ (bits & 3) ^ (bits >> 2 & 1) * 7 ^ (bits >> 3 & 1);
}

// One step of sum_over_warp: halves of v go to the halves of the lanes that `MASK` tells apart.
template <int MASK, int WIDTH, int N> __device__ __forceinline__ void exchange(float (&v)[N], int lane) {
  if constexpr (WIDTH >= 1) {
    const bool upper = (lane & MASK) != 0;
#pragma unroll
    for (int i = 0; i < WIDTH; ++i) {
      const float keep = upper ? v[i + WIDTH] : v[i], give = upper ? v[i] : v[i + WIDTH];
      v[i] = keep + __shfl_xor_sync(0xffffffffu, give, MASK);
    }
    exchange<MASK / 2, WIDTH / 2>(v, lane);
  } else if constexpr (MASK >= 1) {
    v[0] += __shfl_xor_sync(0xffffffffu, v[0], MASK);
    exchange<MASK / 2, 0>(v, lane);
  }
}

// Sums v over the warp, all N values together: lanes whose index divided by 32 / N is i end with the sum of v[i].
template <int N> __device__ __forceinline__ float sum_over_warp(float (&v)[N], int lane) {
  exchange<16, N / 2>(v, lane);
  return v[0];
}

// x[0 .. tokens)[from .. from + count) to shared memory, and for formats with minima the sums of runs.
template <class U, int T> __device__ __forceinline__ void stage(const float* x, int k, int tokens, int from, int count,
                                                                int stride, float4* staged, float* sums) {
  for (int t = 0; t < tokens; ++t) {
    const float4* row = reinterpret_cast<const float4*>(x + static_cast<size_t>(t) * k + from);
    for (int c = threadIdx.x; c < count / 4; c += GEMV_WARPS * 32) staged[t * stride + permuted(c)] = row[c];
  }
  if (T == 1 && U::MINIMA) {
    __syncthreads();
    for (int run = threadIdx.x; run < count / (4 * U::WORDS); run += GEMV_WARPS * 32) {
      float sum = 0.f;
#pragma unroll
      for (int w = 0; w < U::WORDS; ++w) {
        const float4 v = staged[permuted(run * U::WORDS + w)];
        sum += (v.x + v.y) + (v.z + v.w);
      }
      sums[run] = sum;
    }
  }
}

// Adds the products of R matrix rows with one row of x over a stretch of it. Scales are applied to sums of products.
template <class U, int R> __device__ __forceinline__ void multiply_one(const Matrix& m, const int (&row)[R], int units,
                                                                       int unit0, int start, int step,
                                                                       const float4* staged, const float* sums,
                                                                       float (&acc)[R]) {
  for (int u = start; u < units; u += step) {
    typename U::Raw raw[R];
#pragma unroll
    for (int r = 0; r < R; ++r) raw[r] = U::load(m, row[r], unit0 + u);
    int at[U::GROUPS];
    float sum[R][U::GROUPS];
#pragma unroll
    for (int g = 0; g < U::GROUPS; ++g) {
      at[g] = permuted(U::chunk(u, g));
#pragma unroll
      for (int r = 0; r < R; ++r) sum[r][g] = 0.f;
    }
#pragma unroll
    for (int w = 0; w < U::WORDS; ++w) {
      float4 v[U::GROUPS];
#pragma unroll
      for (int g = 0; g < U::GROUPS; ++g) v[g] = staged[at[g] ^ w];
#pragma unroll
      for (int r = 0; r < R; ++r) {
        float y[U::GROUPS][4];
        U::codes(raw[r], w, y);
#pragma unroll
        for (int g = 0; g < U::GROUPS; ++g) {
          sum[r][g] = fmaf(y[g][0], v[g].x, sum[r][g]);
          sum[r][g] = fmaf(y[g][1], v[g].y, sum[r][g]);
          sum[r][g] = fmaf(y[g][2], v[g].z, sum[r][g]);
          sum[r][g] = fmaf(y[g][3], v[g].w, sum[r][g]);
        }
      }
    }
#pragma unroll
    for (int g = 0; g < U::GROUPS; ++g) {
      const float run = U::MINIMA ? sums[U::chunk(u, g) / U::WORDS] : 0.f;
#pragma unroll
      for (int r = 0; r < R; ++r) {
        acc[r] = U::SCALED ? fmaf(U::scale(raw[r], g), sum[r][g], acc[r]) : acc[r] + sum[r][g];
        if (U::MINIMA) acc[r] = fmaf(-U::min(raw[r], g), run, acc[r]);
      }
    }
  }
}

// The same for up to T rows of x: a weight is scaled once and then used for each of them.
template <class U, int R, int T> __device__ __forceinline__ void multiply_few(const Matrix& m, const int (&row)[R],
                                                                              int units, int unit0, int start, int step,
                                                                              const float4* staged, int stride,
                                                                              int tokens, float (&acc)[R * T]) {
  for (int u = start; u < units; u += step) {
    typename U::Raw raw[R];
#pragma unroll
    for (int r = 0; r < R; ++r) raw[r] = U::load(m, row[r], unit0 + u);
    int at[U::GROUPS];
#pragma unroll
    for (int g = 0; g < U::GROUPS; ++g) at[g] = permuted(U::chunk(u, g));
#pragma unroll
    for (int w = 0; w < U::WORDS; ++w) {
      float y[R][U::GROUPS][4];
#pragma unroll
      for (int r = 0; r < R; ++r) {
        U::codes(raw[r], w, y[r]);
#pragma unroll
        for (int g = 0; g < U::GROUPS; ++g) {
#pragma unroll
          for (int i = 0; i < 4; ++i)
            if (U::SCALED) y[r][g][i] = fmaf(U::scale(raw[r], g), y[r][g][i], -U::min(raw[r], g));
        }
      }
#pragma unroll
      for (int t = 0; t < T; ++t) {
        if (t < tokens) {
#pragma unroll
          for (int g = 0; g < U::GROUPS; ++g) {
            const float4 v = staged[t * stride + (at[g] ^ w)];
#pragma unroll
            for (int r = 0; r < R; ++r) {
              float& sum = acc[r * T + t];
              sum = fmaf(y[r][g][0], v.x, sum);
              sum = fmaf(y[r][g][1], v.y, sum);
              sum = fmaf(y[r][g][2], v.z, sum);
              sum = fmaf(y[r][g][3], v.w, sum);
            }
          }
        }
      }
    }
  }
}

// T rows of x at a time, those of blockIdx.y.
//
// x [rows, k]; `stretch` values of each row are staged at a time, a multiple of 256 or all of k. Dynamic shared memory:
// T * stretch floats, then stretch / 16 floats if U has minima and T is 1, then 2 * 8 * R * T floats.
template <class U, int R, int T> __device__ __forceinline__ void gemv(const float* x, int k, int rows, int stretch,
                                                                      int split, int blockElements, Matrix m0,
                                                                      Matrix m1, Matrix m2) {
  extern __shared__ float4 shared[];
  constexpr int N = R * T;
  const int stride = stretch / 4;
  float* sums = reinterpret_cast<float*>(shared + T * stride);
  float* partial = sums + (T == 1 && U::MINIMA ? (stretch + 15) / 16 : 0);

  const int lane = threadIdx.x % 32, warp = threadIdx.x / 32;
  const int slot = warp / split, part = warp % split, perBlock = GEMV_WARPS / split;
  const int token0 = blockIdx.y * T, tokens = min(rows - token0, T);
  const int groups0 = (m0.rows + R - 1) / R, groups1 = groups0 + (m1.rows + R - 1) / R;
  const int groups = groups1 + (m2.rows + R - 1) / R;
  const int stretches = (k + stretch - 1) / stretch;
  x += static_cast<size_t>(token0) * k;

  int turn = 0;
  for (int first = blockIdx.x * perBlock; first < groups; first += gridDim.x * perBlock, ++turn) {
    const int group = first + slot;
    Matrix m = group < groups0 ? m0 : group < groups1 ? m1 : m2;
    const int row0 = (group < groups0 ? group : group < groups1 ? group - groups0 : group - groups1) * R;
    m.cols = k;
    m.total = static_cast<size_t>(m.rows) * (k / blockElements);
    int row[R];
#pragma unroll
    for (int r = 0; r < R; ++r) row[r] = min(row0 + r, m.rows - 1);
    float acc[N];
#pragma unroll
    for (int i = 0; i < N; ++i) acc[i] = 0.f;

    for (int s = 0; s < stretches; ++s) {
      const int from = s * stretch, count = min(stretch, k - from);
      if (stretches > 1 || turn == 0) {
        __syncthreads();
        stage<U, T>(x, k, tokens, from, count, stride, shared, sums);
        __syncthreads();
      }
      if (group < groups) {
        const int units = count / U::UNIT, unit0 = from / U::UNIT, start = part * 32 + lane, step = split * 32;
        if constexpr (T == 1)
          multiply_one<U, R>(m, row, units, unit0, start, step, shared, sums, acc);
        else
          multiply_few<U, R, T>(m, row, units, unit0, start, step, shared, stride, tokens, acc);
      }
    }

    float total = sum_over_warp<N>(acc, lane);
    const bool holds = lane % (32 / N) == 0;
    const int index = lane / (32 / N);
    if (split > 1) {
      // two sets in turn, so that one barrier a turn is enough
      float* set = partial + (turn % 2) * GEMV_WARPS * N;
      if (holds) set[warp * N + index] = total;
      __syncthreads();
      total = 0.f;
      if (holds && part == 0)
        for (int i = 0; i < split; ++i) total += set[(warp + i) * N + index];
    }
    const int r = index / T, t = index % T;
    if (holds && part == 0 && group < groups && row0 + r < m.rows && t < tokens)
      m.out[static_cast<size_t>(token0 + t) * m.rows + row0 + r] = total;
  }
}

}  // namespace pinyon

// name_one for one row of x, name_few for up to eight in each blockIdx.y. Unused matrices have no rows.
#define PINYON_GEMV_KERNEL(name, U, ELEMENTS, R, T, BLOCKS)                                                          \
  extern "C" __global__ void __launch_bounds__(pinyon::GEMV_WARPS * 32, BLOCKS)                                      \
      name(const float* x, int k, int rows, int stretch, int split, const uint8_t* w0, float* out0, int rows0,       \
           const uint8_t* w1, float* out1, int rows1, const uint8_t* w2, float* out2, int rows2) {                   \
    pinyon::gemv<U, R, T>(x, k, rows, stretch, split, ELEMENTS, {w0, out0, rows0, 0, k}, {w1, out1, rows1, 0, k},    \
                          {w2, out2, rows2, 0, k});                                                                  \
  }
#define PINYON_GEMV(name, U, ELEMENTS)                                                                               \
  PINYON_GEMV_KERNEL(name##_one, U, ELEMENTS, U::ONE, 1, 3)                                                          \
  PINYON_GEMV_KERNEL(name##_few, U, ELEMENTS, U::FEW, 8, U::FEW_BLOCKS)
