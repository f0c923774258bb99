/* SPDX-License-Identifier: Apache-2.0 */
// Between the running state of rounds and parts as the ops have them, whose maxima are exponents of e, not of 2; and
// parts made one.
#include "round.cuh"

namespace {

using namespace pinyon::attention;

constexpr int THREADS = 128;
constexpr int MERGE_THREADS = 64;
constexpr float LOG2E = 1.4426950408889634f;

/// Parts of a launch.
constexpr int PARTS = 16;

/// As the host passes them: the sums [rows][heads][valueDim] and states [rows][heads] of each part.
struct Parts {
    const float* sums[PARTS];
    const float2* states[PARTS];
};

}  // namespace

// The same range for every span. Grid ceil(spans / 128), 128 threads.
extern "C" __global__ void __launch_bounds__(THREADS)
attention_ranges(int2* ranges, int spans, int from, int to) {
    const int span = blockIdx.x * THREADS + threadIdx.x;
    if (span < spans) {
        ranges[span] = make_int2(from, to);
    }
}

// Maxima times a factor, in place: ln 2 makes a running state that of a part, log2(e) the other way. Rows of no span
// stay as they are. Grid ceil(rows * heads / 128), 128 threads.
extern "C" __global__ void __launch_bounds__(THREADS)
attention_exponents(const int* rowSpan, float2* states, int rows, int heads, float factor) {
    const size_t i = static_cast<size_t>(blockIdx.x) * THREADS + threadIdx.x;
    if (i < static_cast<size_t>(rows) * heads && __ldg(rowSpan + i / heads) >= 0) {
        states[i].x *= factor;
    }
}

// Merges parts, one after the other. Where there are more than one launch takes, all but the last leave their sums in
// out, which all but the first begin with, and their states with exponents of 2. Grid rows * heads, 64 threads.
extern "C" __global__ void __launch_bounds__(MERGE_THREADS)
attention_merge(const __grid_constant__ Parts parts, int count, float2* states, int first, int last, int dim,
                float* out) {
    const size_t head = blockIdx.x;
    const float2 before = first ? emptyState() : states[head];
    // all have read what the first will replace
    __syncthreads();
    for (int d = threadIdx.x; d < dim; d += MERGE_THREADS) {
        float2 state = before;
        float sum = first ? 0.f : out[head * dim + d];
        for (int p = 0; p < count; p++) {
            const float2 part = __ldg(parts.states[p] + head);
            const Merge merge = merged(state, make_float2(part.x * LOG2E, part.y));
            sum = fmaf(merge.own, __ldg(parts.sums[p] + head * dim + d), merge.before * sum);
            state = merge.state;
        }
        out[head * dim + d] = last ? normalised(sum, state.y) : sum;
        if (!last && d == 0) {
            states[head] = state;
        }
    }
}
