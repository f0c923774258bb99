/* SPDX-License-Identifier: Apache-2.0 */
#pragma once

#include <stddef.h>
#include <stdint.h>

/** Runs of floats as vectors of four where all addresses allow it, and one by one where not. */

template <class... Pointers>
__device__ __forceinline__ bool aligned(Pointers... pointers) {
  return ((... | reinterpret_cast<uintptr_t>(pointers)) & 15) == 0;
}

/** x[i] = function(x[i], y[i]), by a whole grid; y may be x. */
template <class Function>
__device__ __forceinline__ void combine(const float* x, const float* y, float* out, size_t count, Function function) {
  const size_t first = (size_t)blockIdx.x * blockDim.x + threadIdx.x;
  const size_t stride = (size_t)gridDim.x * blockDim.x;
  const size_t vectors = aligned(x, y, out) ? count / 4 : 0;
  for (size_t i = first; i < vectors; i += stride) {
    const float4 a = reinterpret_cast<const float4*>(x)[i];
    const float4 b = reinterpret_cast<const float4*>(y)[i];
    reinterpret_cast<float4*>(out)[i] =
        make_float4(function(a.x, b.x), function(a.y, b.y), function(a.z, b.z), function(a.w, b.w));
  }
  for (size_t i = 4 * vectors + first; i < count; i += stride) {
    out[i] = function(x[i], y[i]);
  }
}

/** x[i] = function(x[i]), by a whole grid. */
template <class Function>
__device__ __forceinline__ void replace(float* x, size_t count, Function function) {
  const size_t first = (size_t)blockIdx.x * blockDim.x + threadIdx.x;
  const size_t stride = (size_t)gridDim.x * blockDim.x;
  const size_t vectors = aligned(x) ? count / 4 : 0;
  for (size_t i = first; i < vectors; i += stride) {
    const float4 a = reinterpret_cast<const float4*>(x)[i];
    reinterpret_cast<float4*>(x)[i] = make_float4(function(a.x), function(a.y), function(a.z), function(a.w));
  }
  for (size_t i = 4 * vectors + first; i < count; i += stride) {
    x[i] = function(x[i]);
  }
}
