/* SPDX-License-Identifier: Apache-2.0 */
// What all attention kernels share: scores in base 2, and which keys a query sees.
#pragma once

#include <cmath>

#include "../kv/pages.cuh"

namespace pinyon::attention {

/// Heads and scores, as the host passes them: two integers and two floats.
struct Spec {
    /// Query heads.
    int heads;
    /// Keys that a query sees; 0 for all.
    int window;
    /// Without a cap scale * log2(e); with one scale / cap.
    float factor;
    /// Without a cap 0; with one cap * log2(e).
    float cap;
};

__device__ __forceinline__ float negativeInfinity() { return __int_as_float(0xff800000); }

/// 2^x within two units in the last place; exact for 0 and minus infinity.
__device__ __forceinline__ float exp2Fast(float x) {
    float result;
    asm("ex2.approx.ftz.f32 %0, %1;" : "=f"(result) : "f"(x));
    return result;
}

/// The exponent of 2 that a product of query and key stands for.
__device__ __forceinline__ float exponent(float product, const Spec& spec) {
    const float x = product * spec.factor;
    return spec.cap > 0 ? spec.cap * tanhf(x) : x;
}

/// A maximum that may be subtracted: where nothing was seen it is minus infinity, and 0 serves.
__device__ __forceinline__ float subtractable(float maximum) { return maximum == negativeInfinity() ? 0.f : maximum; }

/// A weighted sum over the sum of its weights; rows that saw nothing give 0.
__device__ __forceinline__ float normalised(float sum, float weights) { return weights == 0.f ? 0.f : sum / weights; }

}  // namespace pinyon::attention
