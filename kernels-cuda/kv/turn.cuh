/* SPDX-License-Identifier: Apache-2.0 */
// Turning pairs of elements: which thread takes which, and how.
#pragma once

#include <cmath>

namespace pinyon::kv {

/// Which elements a turning thread holds: N pairs, as two runs of N consecutive elements.
struct Runs {
    int first;
    int second;
};

template <int N>
__host__ __device__ constexpr Runs runsOf(int item, int pairs, bool neighbours) {
    return neighbours ? Runs{2 * N * item, 2 * N * item + N} : Runs{N * item, N * item + pairs};
}

/// Turns N pairs that lie in two runs.
template <int N>
__host__ __device__ __forceinline__ void turn(float (&a)[N], float (&b)[N], const float (&cosine)[N],
                                              const float (&sine)[N], bool neighbours) {
    float joined[2 * N];
#pragma unroll
    for (int i = 0; i < N; i++) {
        joined[i] = a[i];
        joined[N + i] = b[i];
    }
#pragma unroll
    for (int i = 0; i < N; i++) {
        const float x = neighbours ? joined[2 * i] : joined[i];
        const float y = neighbours ? joined[2 * i + 1] : joined[N + i];
        const float turnedX = fmaf(x, cosine[i], -(y * sine[i]));
        const float turnedY = fmaf(x, sine[i], y * cosine[i]);
        if (neighbours) {
            joined[2 * i] = turnedX;
            joined[2 * i + 1] = turnedY;
        } else {
            joined[i] = turnedX;
            joined[N + i] = turnedY;
        }
    }
#pragma unroll
    for (int i = 0; i < N; i++) {
        a[i] = joined[i];
        b[i] = joined[N + i];
    }
}

/// Items of a head that is turned: its pairs by N, then what passes through by N.
template <int N>
__host__ __device__ constexpr int turnedItems(int dim, int ropeDim) {
    return ropeDim / (2 * N) + (dim - ropeDim) / N;
}

}  // namespace pinyon::kv
