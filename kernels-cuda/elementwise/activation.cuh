/* SPDX-License-Identifier: Apache-2.0 */
#pragma once

#include <math.h>

/** Functions of one element, the same on the host, where they are checked. */

/** x * sigmoid(x). The exponential of a large -x is infinite, and the quotient then rightly a zero. */
struct Silu {
  static __host__ __device__ __forceinline__ float of(float x) { return x / (1.0f + expf(-x)); }
};

/** x * Phi(x); the complementary error function keeps the tail, where 1 + erf would cancel. */
struct Gelu {
  static __host__ __device__ __forceinline__ float of(float x) { return 0.5f * x * erfcf(-0.70710678f * x); }
};

/** The approximation of GELU by tanh. */
struct GeluTanh {
  static __host__ __device__ __forceinline__ float of(float x) {
    return 0.5f * x * (1.0f + tanhf(0.79788456f * (x + 0.044715f * x * x * x)));
  }
};

/** Never beyond the cap, since |tanhf| is at most 1. */
__host__ __device__ __forceinline__ float soft_capped(float x, float cap) { return cap * tanhf(x / cap); }

/**
 * Cosine and sine of position * frequency. The product is exact in float64 and is taken modulo a turn there, so that
 * the float32 functions see small arguments only: no error grows with the position.
 */
__host__ __device__ __forceinline__ void turn_at(int position, float frequency, float* cosine, float* sine) {
  const double half_turns = (double)position * (double)frequency * 0.31830988618379067154;
  sincospif((float)(half_turns - 2.0 * rint(0.5 * half_turns)), sine, cosine);
}
