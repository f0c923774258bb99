/* SPDX-License-Identifier: Apache-2.0 */
#pragma once

#include <math.h>
#include <stdint.h>
#include <string.h>

/**
 * The arithmetic of choosing a token, the same on the host, where it is checked.
 *
 * Logits are compared as integers that order alike, and probabilities are fixed-point integers, so that no sum depends
 * on the order of its terms. Tokens are in order by falling logit, equal ones by rising id; what top-k and top-p keep is a
 * prefix of that order, described by its last key and how many tokens of that key belong to it.
 */

constexpr uint32_t INVALID_KEY = 0xffffffffu;
constexpr uint32_t MINUS_INFINITY_KEY = 0x007fffffu;
constexpr uint32_t ALL_TIES = 0xffffffffu;

/** A mass of 1. With 2^22 tokens their sum stays below 2^63. */
constexpr int MASS_BITS = 40;
constexpr int MASS_HALF_BITS = MASS_BITS / 2;

/** A key is found digit by digit, the upper ones first. */
constexpr int DIGITS = 3;
constexpr int BINS = 2048;

/** What a row asks for. */
struct Settings {
  float temperature;
  float top_k;
  float top_p;
  float min_p;
  float uniform;

  __host__ __device__ bool greedy() const { return !(temperature > 0); }
  __host__ __device__ bool cuts_k(int vocabulary) const { return top_k >= 1 && top_k < (float)vocabulary; }
  __host__ __device__ bool cuts_p() const { return top_p < 1; }
};

/** What is known about a row between two kernels. */
struct RowState {
  uint64_t remaining;
  uint32_t prefix;
  uint32_t cut_key;
  uint32_t cut_ties;
  uint32_t least_key;
  float greatest;
  int32_t done;
};
static_assert(sizeof(RowState) == 32, "the host allocates this many bytes");

/** What a row is cut down by. */
enum Cut { BY_COUNT = 0, BY_MASS = 1 };

/** A key that orders as logits do; minus zero is zero. NaN and infinity have the invalid key, which is the greatest. */
__host__ __device__ __forceinline__ uint32_t key_of(float logit) {
  const float plain = logit + 0.0f;
  uint32_t bits;
  memcpy(&bits, &plain, sizeof bits);
  if ((bits & 0x7fffffffu) > 0x7f800000u || bits == 0x7f800000u) {
    return INVALID_KEY;
  }
  return bits & 0x80000000u ? ~bits : bits | 0x80000000u;
}

__host__ __device__ __forceinline__ float logit_of(uint32_t key) {
  const uint32_t bits = key & 0x80000000u ? key & 0x7fffffffu : ~key;
  float logit;
  memcpy(&logit, &bits, sizeof logit);
  return logit;
}

/** The greatest of these is the first token of the order. */
__host__ __device__ __forceinline__ uint64_t candidate_of(uint32_t key, int id) {
  return (uint64_t)key << 32 | (0xffffffffu - (uint32_t)id);
}

/** exp((logit - greatest) / temperature) in fixed point; 2^MASS_BITS for the greatest. */
__host__ __device__ __forceinline__ uint64_t mass_of(uint32_t key, float greatest, float temperature) {
  return (uint64_t)(expf((logit_of(key) - greatest) / temperature) * (float)(1ull << MASS_BITS));
}

/** Starts a row of which the first token of the order is known; the row is done if that says it all. */
__host__ __device__ inline RowState begin(uint64_t first, const Settings& settings, int* chosen) {
  const uint32_t key = (uint32_t)(first >> 32);
  RowState state = {};
  if (key == INVALID_KEY || key == MINUS_INFINITY_KEY) {
    *chosen = -1;
    state.done = 1;
    return state;
  }
  if (settings.greedy()) {
    *chosen = (int)(0xffffffffu - (uint32_t)first);
    state.done = 1;
    return state;
  }
  state.greatest = logit_of(key);
  state.cut_key = MINUS_INFINITY_KEY;
  state.cut_ties = ALL_TIES;
  if (settings.min_p > 0) {
    const uint32_t least = key_of((float)((double)state.greatest + log((double)settings.min_p)));
    state.least_key = least < key ? least : key;
  }
  return state;
}

__host__ __device__ __forceinline__ int digit_shift(int digit) { return digit == 0 ? 21 : digit == 1 ? 10 : 0; }

/** Whether the digits above this one are those that were found. */
__host__ __device__ __forceinline__ bool has_prefix(uint32_t key, uint32_t prefix, int digit) {
  return digit == 0 || key >> digit_shift(digit - 1) == prefix;
}

__host__ __device__ __forceinline__ int bin_of(uint32_t key, int digit) {
  return (int)(key >> digit_shift(digit)) & (digit == DIGITS - 1 ? 1023 : BINS - 1);
}

/** Mass of the tokens at the end of the prefix, which are left out of the histograms because of their ties. */
__host__ __device__ __forceinline__ uint64_t mass_at_cut(const RowState& state) {
  return state.cut_ties * mass_of(state.cut_key, state.greatest, 1.0f);
}

/** What is to be found before the first digit is known. */
__host__ __device__ inline uint64_t demand(Cut cut, const Settings& settings, uint64_t total) {
  if (cut == BY_COUNT) {
    return (uint64_t)settings.top_k;
  }
  const double wanted = ceil((double)settings.top_p * (double)total);
  const uint64_t mass = wanted >= 1 ? (uint64_t)wanted : 1;
  return mass < total ? mass : total;
}

/** Takes up the next digit: the bin in which the demand is met, and what is met above it. */
__host__ __device__ inline void descend(RowState& state, Cut cut, int digit, int bin, uint64_t demanded,
                                         uint64_t above) {
  state.remaining = demanded - above;
  state.prefix = digit == 0 ? (uint32_t)bin : state.prefix << (digit == DIGITS - 1 ? 10 : 11) | (uint32_t)bin;
  if (digit == DIGITS - 1) {
    const uint64_t each = cut == BY_COUNT ? 1 : mass_of(state.prefix, state.greatest, 1.0f);
    state.cut_key = state.prefix;
    state.cut_ties = (uint32_t)((state.remaining + each - 1) / each);
  }
}

/** Top-k, top-p and min-p together. */
__host__ __device__ inline void apply_least(RowState& state) {
  if (state.least_key > state.cut_key) {
    state.cut_key = state.least_key;
    state.cut_ties = ALL_TIES;
  }
}

/** Weight of what a slice keeps, given how many tokens at the cut come before it. */
__host__ __device__ __forceinline__ uint64_t kept_mass(uint64_t above_cut, uint32_t ties, uint32_t ties_before,
                                                       uint32_t cut_ties, uint64_t mass_of_tie) {
  const uint32_t left = cut_ties > ties_before ? cut_ties - ties_before : 0;
  return above_cut + (ties < left ? ties : left) * mass_of_tie;
}

/** The first token, in order of id, at which the sum of weights exceeds this is chosen. */
__host__ __device__ inline uint64_t draw(float uniform, uint64_t total) {
  const double wanted = floor((double)uniform * (double)total);
  const uint64_t target = wanted > 0 ? (uint64_t)wanted : 0;
  return target < total ? target : total - 1;
}
