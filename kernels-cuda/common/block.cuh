/* SPDX-License-Identifier: Apache-2.0 */
#pragma once

/** Sums and scans over a warp and over a block, in an order that does not depend on timing. */

constexpr unsigned ALL_LANES = 0xffffffffu;

/** The sum of a warp, in every lane: partners of a butterfly add the same two values, so all lanes agree bit by bit. */
template <class T>
__device__ __forceinline__ T warp_sum(T value) {
#pragma unroll
  for (int lane = 16; lane > 0; lane /= 2) {
    value += __shfl_xor_sync(ALL_LANES, value, lane);
  }
  return value;
}

template <class T>
__device__ __forceinline__ T warp_max(T value) {
#pragma unroll
  for (int lane = 16; lane > 0; lane /= 2) {
    const T other = __shfl_xor_sync(ALL_LANES, value, lane);
    value = other > value ? other : value;
  }
  return value;
}

/** The sum of a block of whole warps, in every thread. */
template <class T>
__device__ __forceinline__ T block_sum(T value) {
  __shared__ T warps[32];
  const int lane = threadIdx.x % 32;
  value = warp_sum(value);
  __syncthreads();  // an earlier sum may still be read
  if (lane == 0) {
    warps[threadIdx.x / 32] = value;
  }
  __syncthreads();
  return warp_sum(lane < (int)blockDim.x / 32 ? warps[lane] : T(0));
}

/** The largest value of a block of whole warps, in every thread; no value is below zero. */
template <class T>
__device__ __forceinline__ T block_max(T value) {
  __shared__ T warps[32];
  const int lane = threadIdx.x % 32;
  value = warp_max(value);
  __syncthreads();
  if (lane == 0) {
    warps[threadIdx.x / 32] = value;
  }
  __syncthreads();
  return warp_max(lane < (int)blockDim.x / 32 ? warps[lane] : T(0));
}

/** What the threads before this one hold, summed, and the sum of all; a block of whole warps. */
template <class T>
struct Scan {
  T before;
  T total;
};

template <class T>
__device__ __forceinline__ Scan<T> block_scan(T value) {
  __shared__ T warps[32];
  const int lane = threadIdx.x % 32;
  const int warp = threadIdx.x / 32;
  T sum = value;
#pragma unroll
  for (int distance = 1; distance < 32; distance *= 2) {
    const T other = __shfl_up_sync(ALL_LANES, sum, distance);
    sum += lane >= distance ? other : T(0);
  }
  __syncthreads();
  if (lane == 31) {
    warps[warp] = sum;
  }
  __syncthreads();
  const T of_warp = lane < (int)blockDim.x / 32 ? warps[lane] : T(0);
  const T total = warp_sum(of_warp);
  const T before = warp_sum(lane < warp ? of_warp : T(0));
  return {before + sum - value, total};
}

/**
 * Whether this block is the last of a group to come here. What the others wrote before is then visible to it through
 * loads that bypass the first-level cache (__ldcg). The counter is zero before and after.
 */
__device__ __forceinline__ bool last_to_arrive(unsigned* counter, unsigned group) {
  __shared__ bool last;
  __threadfence();
  __syncthreads();
  if (threadIdx.x == 0) {
    last = atomicAdd(counter, 1u) == group - 1;
    if (last) {
      *counter = 0;
    }
  }
  __syncthreads();
  if (last) {
    __threadfence();
  }
  return last;
}
