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

__host__ __device__ constexpr float negativeInfinity() { return -HUGE_VALF; }

/// 2^x within two units in the last place; exact for 0 and minus infinity.
__host__ __device__ __forceinline__ float exp2Fast(float x) {
#ifdef __CUDA_ARCH__
    float result;
    asm("ex2.approx.ftz.f32 %0, %1;" : "=f"(result) : "f"(x));
    return result;
#else
    return std::exp2(x);
#endif
}

/// The exponent of 2 that a product of query and key stands for.
__device__ __forceinline__ float exponent(float product, const Spec& spec) {
    const float x = product * spec.factor;
    return spec.cap > 0 ? spec.cap * tanhf(x) : x;
}

/// A maximum that may be subtracted: where nothing was seen it is minus infinity, and 0 serves.
__host__ __device__ constexpr float subtractable(float maximum) {
    return maximum == negativeInfinity() ? 0.f : maximum;
}

/// What makes weights 2^(score * factor + offset) at most 2^shift.
/// @param base greatest score, subtractable
__host__ __device__ inline float weightOffset(float base, float factor, float shift) {
    return fmaf(-base, factor, shift);
}

/// A weighted sum over the sum of its weights; rows that saw nothing give 0.
__device__ __forceinline__ float normalised(float sum, float weights) { return weights == 0.f ? 0.f : sum / weights; }

}  // namespace pinyon::attention
