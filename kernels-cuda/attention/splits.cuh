/* SPDX-License-Identifier: Apache-2.0 */
// How the keys of a decoding row are divided among blocks and warps.
#pragma once

#include "../kv/pages.cuh"

namespace pinyon::attention {

/// Keys that a warp takes at a time; their positions start at a multiple of it.
constexpr int STEP_KEYS = 8;

__host__ __device__ constexpr int ceilDiv(int a, int b) { return (a + b - 1) / b; }

/// The steps of a row, in equal shares for the splits that are needed.
struct Shares {
    /// Position of the first key of the first step.
    int base;
    /// Steps from there to the last position.
    int steps;
    /// Steps of a share, a multiple of the streams: so few keys that another block would wait are not divided.
    int perSplit;
    /// Splits that have work.
    int active;
};

/// Where there are no keys, one split without steps is active: it finishes the row.
/// @param first first position that is read
/// @param last last position that is read; less than first for none
/// @param splits most shares
/// @param streams warps of a block that take steps in turn
__host__ __device__ constexpr Shares sharesOf(int first, int last, int splits, int streams) {
    if (last < first) {
        return Shares{0, 0, streams, 1};
    }
    const int base = first / STEP_KEYS * STEP_KEYS;
    const int steps = (last - base) / STEP_KEYS + 1;
    const int perSplit = ceilDiv(ceilDiv(steps, splits), streams) * streams;
    return Shares{base, steps, perSplit, ceilDiv(steps, perSplit)};
}

/// With LANES lanes on a key, what lane `lane` holds after sumTransposed: one score of the step.
template <int LANES>
struct ScoreSlot {
    static constexpr int SUBGROUPS = 32 / LANES;

    /// Loads of the warp for a step; load i brings key i * SUBGROUPS + lane / LANES.
    static constexpr int LOADS = STEP_KEYS / SUBGROUPS;

    __host__ __device__ static constexpr int loadedKey(int lane, int load) { return load * SUBGROUPS + lane / LANES; }

    /// Head of the lane's score, of four.
    __host__ __device__ static constexpr int head(int lane) { return lane % 4; }

    /// Key of the lane's score, of eight.
    __host__ __device__ static constexpr int key(int lane) { return loadedKey(lane, lane % LANES / 4); }

    /// The lane that has the score of a head and of the key that `lane` loads.
    __host__ __device__ static constexpr int owner(int lane, int load, int head) {
        return lane / LANES * LANES + load * 4 + head;
    }
};

/// Which of two values a lane keeps in a round of sumTransposed that exchanges lanes at a distance.
__host__ __device__ constexpr bool keepsUpper(int lane, int distance) { return (lane & distance) != 0; }

}  // namespace pinyon::attention
