/* SPDX-License-Identifier: Apache-2.0 */
// Attention in rounds, each over some of a row's entries: what a round leaves to the next, and how both become one by
// log-sum-exp. Every kernel keeps this form in memory, so that rounds of one step may be done by different kernels.
#pragma once

#include "score.cuh"

namespace pinyon::attention {

/// A round, as the host passes it: three pointers and two integers.
struct Round {
    /// For each span the entries x to y - 1 that count; null for all.
    const int2* ranges;
    /// Running state [rows][heads][valueDim]: values, weighted relative to the maximum.
    float* sums;
    /// Running state [rows][heads]: the maximum as an exponent of 2, and the sum of the weights relative to it.
    float2* states;
    /// Whether there is no state yet.
    int first;
    /// Whether the result is asked for, not a state.
    int last;
};

/// Positions from low to high; none if high is less.
struct Keys {
    int low;
    int high;
};

/// Those of the positions first to last that lie within from to to - 1.
__host__ __device__ constexpr Keys keysWithin(int first, int last, int from, int to) {
    const int low = first > from ? first : from;
    const int high = last < to ? last : to - 1;
    // so that blocks of keys from a multiple of their size on are none, too
    return low <= high ? Keys{low, high} : Keys{0, -1};
}

/// The state of nothing.
__host__ __device__ inline float2 emptyState() { return make_float2(negativeInfinity(), 0); }

/// Two states as one, and the factors on what was summed with them.
struct Merge {
    float2 state;
    float before;
    float own;
};

__host__ __device__ inline Merge merged(const float2& before, const float2& own) {
    const float maximum = fmaxf(before.x, own.x);
    const float base = subtractable(maximum);
    const float beforeFactor = exp2Fast(before.x - base);
    const float ownFactor = exp2Fast(own.x - base);
    return Merge{make_float2(maximum, fmaf(ownFactor, own.y, beforeFactor * before.y)), beforeFactor, ownFactor};
}

/// The state of weights 2^(score * factor + weightOffset), and the factor on what was summed with them.
struct Shifted {
    float2 state;
    float factor;
};

/// @param maximum greatest score; minus infinity for none
/// @param total sum of the weights
__host__ __device__ inline Shifted unshifted(float maximum, float total, float factor, float shift) {
    const float exponent = maximum * factor;
    // the offset was rounded, so the weights are not quite relative to the maximum
    const float rounding = shift - weightOffset(subtractable(maximum), factor, shift) - subtractable(exponent);
    const float scale = exp2Fast(-shift) * exp2Fast(rounding);
    return Shifted{make_float2(exponent, scale * total), scale};
}

#ifdef __CUDACC__

/// Those of the positions first to last that a round takes.
__device__ __forceinline__ Keys keysOf(const Round& round, int span, int first, int last) {
    if (round.ranges == nullptr) {
        return Keys{first, last};
    }
    const int2 range = __ldg(round.ranges + span);
    return keysWithin(first, last, range.x, range.y);
}

#endif

}  // namespace pinyon::attention
