/* SPDX-License-Identifier: Apache-2.0 */

/**
 * Root-mean-square normalisation. A short row is the work of a warp, a long one of a block; either keeps the first part
 * of its row and of the weights in registers, so that the row is read once and no load waits for the sum.
 */

#include "block.cuh"
#include "vectors.cuh"

namespace {
constexpr int KEPT = 4;
constexpr int WARP_ROW_THREADS = 128;
constexpr int BLOCK_ROW_THREADS = 512;

__device__ __forceinline__ float sum(float a, float b) { return a + b; }
__device__ __forceinline__ float4 sum(float4 a, float4 b) {
  return make_float4(a.x + b.x, a.y + b.y, a.z + b.z, a.w + b.w);
}

__device__ __forceinline__ float squares(float a) { return a * a; }
__device__ __forceinline__ float squares(float4 a) { return (a.x * a.x + a.y * a.y) + (a.z * a.z + a.w * a.w); }

__device__ __forceinline__ float product(float a, float inverse, float b) { return a * inverse * b; }
__device__ __forceinline__ float4 product(float4 a, float inverse, float4 b) {
  return make_float4(a.x * inverse * b.x, a.y * inverse * b.y, a.z * inverse * b.z, a.w * inverse * b.w);
}

struct OfWarp {
  static __device__ __forceinline__ float sum(float value) { return warp_sum(value); }
};

struct OfBlock {
  static __device__ __forceinline__ float sum(float value) { return block_sum(value); }
};

/** One row by a team of threads; a thread writes only what it alone has read, so out may be x. */
template <class Vector, bool ADD, class Team>
__device__ __forceinline__ void normalise(Vector* x, const Vector* y, const Vector* weight, Vector* out, int count,
                                          int dim, float epsilon, int thread, int threads) {
  Vector values[KEPT];
  Vector weights[KEPT];
  float total = 0;
#pragma unroll
  for (int k = 0; k < KEPT; k++) {
    const int i = thread + k * threads;
    if (i < count) {
      values[k] = ADD ? sum(x[i], y[i]) : x[i];
      weights[k] = weight[i];
      total += squares(values[k]);
    }
  }
  for (int i = thread + KEPT * threads; i < count; i += threads) {
    Vector value = x[i];
    if (ADD) {
      value = sum(value, y[i]);
      x[i] = value;
    }
    total += squares(value);
  }
  const float inverse = 1.0f / sqrtf(Team::sum(total) / (float)dim + epsilon);
#pragma unroll
  for (int k = 0; k < KEPT; k++) {
    const int i = thread + k * threads;
    if (i < count) {
      if (ADD) {
        x[i] = values[k];
      }
      out[i] = product(values[k], inverse, weights[k]);
    }
  }
  for (int i = thread + KEPT * threads; i < count; i += threads) {
    out[i] = product(x[i], inverse, weight[i]);
  }
}

template <bool ADD, class Team>
__device__ __forceinline__ void row(float* x, const float* y, const float* weight, float* out, int dim, float epsilon,
                                    int thread, int threads) {
  if (dim % 4 == 0 && aligned(x, y, weight, out)) {
    normalise<float4, ADD, Team>(reinterpret_cast<float4*>(x), reinterpret_cast<const float4*>(y),
                                 reinterpret_cast<const float4*>(weight), reinterpret_cast<float4*>(out), dim / 4, dim,
                                 epsilon, thread, threads);
  } else {
    normalise<float, ADD, Team>(x, y, weight, out, dim, dim, epsilon, thread, threads);
  }
}

template <bool ADD>
__device__ __forceinline__ void by_warp(float* x, const float* y, const float* weight, float* out, int rows, int dim,
                                        float epsilon) {
  const int index = blockIdx.x * (WARP_ROW_THREADS / 32) + threadIdx.x / 32;
  if (index < rows) {
    const size_t offset = (size_t)index * dim;
    row<ADD, OfWarp>(x + offset, y + (ADD ? offset : 0), weight, out + offset, dim, epsilon, threadIdx.x % 32, 32);
  }
}

template <bool ADD>
__device__ __forceinline__ void by_block(float* x, const float* y, const float* weight, float* out, int dim,
                                         float epsilon) {
  const size_t offset = (size_t)blockIdx.x * dim;
  row<ADD, OfBlock>(x + offset, y + (ADD ? offset : 0), weight, out + offset, dim, epsilon, threadIdx.x, blockDim.x);
}
}  // namespace

/** out = x / rms(x) * weight for each row, a warp each. */
extern "C" __global__ void __launch_bounds__(WARP_ROW_THREADS)
    rms_norm_warp(float* x, const float* weight, float* out, int rows, int dim, float epsilon) {
  by_warp<false>(x, nullptr, weight, out, rows, dim, epsilon);
}

/** out = x / rms(x) * weight for each row, a block each. */
extern "C" __global__ void __launch_bounds__(BLOCK_ROW_THREADS, 1)
    rms_norm_block(float* x, const float* weight, float* out, int dim, float epsilon) {
  by_block<false>(x, nullptr, weight, out, dim, epsilon);
}

/** x += y; out = x / rms(x) * weight, a warp for each row. */
extern "C" __global__ void __launch_bounds__(WARP_ROW_THREADS)
    add_rms_norm_warp(float* x, const float* y, const float* weight, float* out, int rows, int dim, float epsilon) {
  by_warp<true>(x, y, weight, out, rows, dim, epsilon);
}

/** x += y; out = x / rms(x) * weight, a block for each row. */
extern "C" __global__ void __launch_bounds__(BLOCK_ROW_THREADS, 1)
    add_rms_norm_block(float* x, const float* y, const float* weight, float* out, int dim, float epsilon) {
  by_block<true>(x, y, weight, out, dim, epsilon);
}
