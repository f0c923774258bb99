/* SPDX-License-Identifier: Apache-2.0 */

/** Rotary position embedding: angles once for a step, then turns of queries and keys by them. */

#include "activation.cuh"
#include "vectors.cuh"

namespace {
constexpr int THREADS = 256;
constexpr int FREQUENCIES = 256;

/** By value, because they are the same for every step and need no memory of their own then. */
struct Frequencies {
  float values[FREQUENCIES];
};

/** Queries and keys of a step; the keys may have no heads. */
struct Heads {
  float* queries;
  float* keys;
  int query_heads;
  int key_heads;
  int dim;

  __device__ __forceinline__ float* at(int row, int head) const {
    return head < query_heads ? queries + ((size_t)row * query_heads + head) * dim
                              : keys + ((size_t)row * key_heads + head - query_heads) * dim;
  }
};

__device__ __forceinline__ void turn(float& a, float& b, float cosine, float sine) {
  const float turned = a * cosine - b * sine;
  b = a * sine + b * cosine;
  a = turned;
}

/** Element i with element i + pairs; four pairs at once where everything is aligned. */
struct Halves {
  static __device__ __forceinline__ void four(float* head, const float* cosines, int pairs, int pair) {
    float4 a = *reinterpret_cast<float4*>(head + pair);
    float4 b = *reinterpret_cast<float4*>(head + pairs + pair);
    const float4 c = *reinterpret_cast<const float4*>(cosines + pair);
    const float4 s = *reinterpret_cast<const float4*>(cosines + pairs + pair);
    turn(a.x, b.x, c.x, s.x);
    turn(a.y, b.y, c.y, s.y);
    turn(a.z, b.z, c.z, s.z);
    turn(a.w, b.w, c.w, s.w);
    *reinterpret_cast<float4*>(head + pair) = a;
    *reinterpret_cast<float4*>(head + pairs + pair) = b;
  }

  static __device__ __forceinline__ void one(float* head, const float* cosines, int pairs, int pair) {
    turn(head[pair], head[pairs + pair], cosines[pair], cosines[pairs + pair]);
  }
};

/** Element 2i with element 2i + 1. */
struct Neighbours {
  static __device__ __forceinline__ void four(float* head, const float* cosines, int pairs, int pair) {
    float4 a = *reinterpret_cast<float4*>(head + 2 * pair);
    float4 b = *reinterpret_cast<float4*>(head + 2 * pair + 4);
    const float4 c = *reinterpret_cast<const float4*>(cosines + pair);
    const float4 s = *reinterpret_cast<const float4*>(cosines + pairs + pair);
    turn(a.x, a.y, c.x, s.x);
    turn(a.z, a.w, c.y, s.y);
    turn(b.x, b.y, c.z, s.z);
    turn(b.z, b.w, c.w, s.w);
    *reinterpret_cast<float4*>(head + 2 * pair) = a;
    *reinterpret_cast<float4*>(head + 2 * pair + 4) = b;
  }

  static __device__ __forceinline__ void one(float* head, const float* cosines, int pairs, int pair) {
    turn(head[2 * pair], head[2 * pair + 1], cosines[pair], cosines[pairs + pair]);
  }
};

template <class Style>
__device__ __forceinline__ void turn_all(const Heads& heads, const float* angles, int rows, int pairs) {
  const bool fours = pairs % 4 == 0 && heads.dim % 4 == 0 && aligned(heads.queries, heads.keys, angles);
  const int steps = fours ? pairs / 4 : pairs;
  const int work = (heads.query_heads + heads.key_heads) * steps;
  for (int row = blockIdx.y; row < rows; row += gridDim.y) {
    const float* cosines = angles + (size_t)row * 2 * pairs;
    for (int i = blockIdx.x * THREADS + threadIdx.x; i < work; i += gridDim.x * THREADS) {
      float* head = heads.at(row, i / steps);
      if (fours) {
        Style::four(head, cosines, pairs, i % steps * 4);
      } else {
        Style::one(head, cosines, pairs, i % steps);
      }
    }
  }
}
}  // namespace

/**
 * out[r, first + i] = magnitude * cos(positions[r] * frequencies[i]) for i below count, the sines pairs behind them;
 * one thread for each.
 */
extern "C" __global__ void __launch_bounds__(THREADS)
    rope_angles(const __grid_constant__ Frequencies frequencies, const int* positions, float* out, int rows, int pairs,
                int first, int count, float magnitude) {
  const size_t index = (size_t)blockIdx.x * THREADS + threadIdx.x;
  const int row = (int)(index / count);
  const int i = (int)(index % count);
  if (row < rows) {
    float cosine;
    float sine;
    turn_at(positions[row], frequencies.values[i], &cosine, &sine);
    float* target = out + (size_t)row * 2 * pairs + first + i;
    target[0] = magnitude * cosine;
    target[pairs] = magnitude * sine;
  }
}

/** Turns the heads of queries [rows, queryHeads * dim] and keys [rows, keyHeads * dim], halves style. */
extern "C" __global__ void __launch_bounds__(THREADS)
    rope_halves(float* queries, float* keys, const float* angles, int rows, int query_heads, int key_heads, int dim,
                int pairs) {
  turn_all<Halves>({queries, keys, query_heads, key_heads, dim}, angles, rows, pairs);
}

/** As rope_halves, neighbours style. */
extern "C" __global__ void __launch_bounds__(THREADS)
    rope_neighbours(float* queries, float* keys, const float* angles, int rows, int query_heads, int key_heads, int dim,
                    int pairs) {
  turn_all<Neighbours>({queries, keys, query_heads, key_heads, dim}, angles, rows, pairs);
}
