/* SPDX-License-Identifier: Apache-2.0 */

/**
 * Chooses a token from each row of logits. A row is divided among blocks; the last of them to finish a step draws its
 * conclusion for the next kernel:
 *
 *   sample_best   the greatest logit; done if it alone is wanted
 *   sample_digit  one digit of the key at which top-k or top-p ends, from a histogram; three launches for each
 *   sample_pick   the draw among what is kept
 *
 * Every kernel is launched for every row, because settings are known to the device alone; rows that need a step less
 * return from it at once. All that is added up is an integer, so the order in which blocks arrive does not matter.
 */

#include "block.cuh"
#include "selection.cuh"

namespace {
constexpr int THREADS = 256;
constexpr int PER_THREAD = 8;
/** Few enough for the halves of masses to be summed in 32 bits. */
constexpr int SLICE = THREADS * PER_THREAD;
static_assert(SLICE < 1 << (32 - MASS_HALF_BITS), "half a mass would overflow");

__device__ __forceinline__ Settings settings_of(const float* settings, int row) {
  const float* own = settings + 5 * row;
  return {own[0], own[1], own[2], own[3], own[4]};
}

/** Calls function(key, id) for the tokens of this block's slice. */
template <class Function>
__device__ __forceinline__ void for_slice(const float* logits, int vocabulary, Function function) {
  const float* row = logits + (size_t)blockIdx.y * vocabulary;
  float values[PER_THREAD];
#pragma unroll
  for (int i = 0; i < PER_THREAD; i++) {
    const int id = blockIdx.x * SLICE + i * THREADS + threadIdx.x;
    values[i] = id < vocabulary ? row[id] : 0.0f;
  }
#pragma unroll
  for (int i = 0; i < PER_THREAD; i++) {
    const int id = blockIdx.x * SLICE + i * THREADS + threadIdx.x;
    if (id < vocabulary) {
      function(key_of(values[i]), id);
    }
  }
}

/** Finds the bin, from the top, in which the demand is met; leaves the histogram at zero. By a whole block. */
__device__ void conclude_digit(RowState* target, RowState state, unsigned long long* histogram,
                               const Settings& settings, Cut cut, int digit) {
  constexpr int OWN = BINS / THREADS;
  const bool cut_counts = cut == BY_MASS && has_prefix(state.cut_key, state.prefix, digit);
  const int cut_bin = bin_of(state.cut_key, digit);
  const uint64_t at_cut = cut_counts ? mass_at_cut(state) : 0;
  const int top = BINS - 1 - (int)threadIdx.x * OWN;
  unsigned long long bins[OWN];
  unsigned long long own = 0;
#pragma unroll
  for (int i = 0; i < OWN; i++) {
    bins[i] = __ldcg(histogram + top - i) + (cut_counts && top - i == cut_bin ? at_cut : 0);
    histogram[top - i] = 0;
    own += bins[i];
  }
  const Scan<unsigned long long> scan = block_scan(own);
  const uint64_t demanded = digit == 0 ? demand(cut, settings, scan.total) : state.remaining;
  if (scan.before < demanded && demanded <= scan.before + own) {
    unsigned long long above = scan.before;
    int chosen = top;
    bool found = false;
#pragma unroll
    for (int i = 0; i < OWN; i++) {
      if (!found && above + bins[i] >= demanded) {
        chosen = top - i;
        found = true;
      }
      above += found ? 0 : bins[i];
    }
    descend(state, cut, digit, chosen, demanded, above);
    *target = state;
  }
}

/** The token of a slice at which the sum of weights exceeds the target. By a whole block. */
__device__ void choose_in_slice(const float* row, int vocabulary, int slice, const RowState& state, float temperature,
                                unsigned ties_before, unsigned long long target, int* chosen) {
  __shared__ uint32_t keys[SLICE];
  for (int i = threadIdx.x; i < SLICE; i += THREADS) {
    const int id = slice * SLICE + i;
    keys[i] = id < vocabulary ? key_of(row[id]) : 0;
  }
  __syncthreads();
  const uint32_t* own_keys = keys + threadIdx.x * PER_THREAD;
  unsigned own_ties = 0;
#pragma unroll
  for (int i = 0; i < PER_THREAD; i++) {
    own_ties += own_keys[i] == state.cut_key;
  }
  const unsigned before = ties_before + block_scan(own_ties).before;
  unsigned long long masses[PER_THREAD];
  unsigned long long own = 0;
  unsigned ties = before;
#pragma unroll
  for (int i = 0; i < PER_THREAD; i++) {
    const uint32_t key = own_keys[i];
    const bool tie = key == state.cut_key;
    const bool kept = key > state.cut_key || (tie && ties < state.cut_ties);
    ties += tie;
    masses[i] = kept ? mass_of(key, state.greatest, temperature) : 0;
    own += masses[i];
  }
  unsigned long long sum = block_scan(own).before;
  if (sum <= target && target < sum + own) {
    bool found = false;
#pragma unroll
    for (int i = 0; i < PER_THREAD; i++) {
      sum += masses[i];
      if (!found && sum > target) {
        *chosen = slice * SLICE + threadIdx.x * PER_THREAD + i;
        found = true;
      }
    }
  }
}
}  // namespace

/** Grid [slices, rows]; settings [rows, 5]; states [rows]; histograms [rows, BINS]; partial [rows, slices]. */
extern "C" __global__ void __launch_bounds__(THREADS)
    sample_best(const float* logits, const float* settings, int* chosen, RowState* states,
                unsigned long long* histograms, unsigned long long* partial, unsigned* arrivals, int vocabulary) {
  const int row = blockIdx.y;
  const int slices = gridDim.x;
  for (int i = blockIdx.x * THREADS + threadIdx.x; i < BINS; i += slices * THREADS) {
    histograms[(size_t)row * BINS + i] = 0;
  }
  unsigned long long best = 0;
  for_slice(logits, vocabulary, [&best](uint32_t key, int id) {
    const unsigned long long candidate = candidate_of(key, id);
    best = candidate > best ? candidate : best;
  });
  best = block_max(best);
  unsigned long long* own = partial + (size_t)row * slices;
  if (threadIdx.x == 0) {
    own[blockIdx.x] = best;
  }
  if (!last_to_arrive(arrivals + row, slices)) {
    return;
  }
  best = 0;
  for (int i = threadIdx.x; i < slices; i += THREADS) {
    const unsigned long long other = __ldcg(own + i);
    best = other > best ? other : best;
  }
  best = block_max(best);
  if (threadIdx.x == 0) {
    states[row] = begin(best, settings_of(settings, row), chosen + row);
  }
}

/** Grid as in sample_best; cut says by what, digit which one. */
extern "C" __global__ void __launch_bounds__(THREADS)
    sample_digit(const float* logits, const float* settings, RowState* states, unsigned long long* histograms,
                 unsigned* arrivals, int vocabulary, int cut, int digit) {
  __shared__ unsigned lower[BINS];
  __shared__ unsigned upper[BINS];
  const int row = blockIdx.y;
  const RowState state = states[row];
  const Settings asked = settings_of(settings, row);
  if (state.done || !(cut == BY_COUNT ? asked.cuts_k(vocabulary) : asked.cuts_p())) {
    return;
  }
  for (int i = threadIdx.x; i < BINS; i += THREADS) {
    lower[i] = 0;
    upper[i] = 0;
  }
  __syncthreads();
  for_slice(logits, vocabulary, [&](uint32_t key, int) {
    if (has_prefix(key, state.prefix, digit)) {
      const int bin = bin_of(key, digit);
      if (cut == BY_COUNT) {
        atomicAdd(lower + bin, 1u);
      } else if (key > state.cut_key) {
        const uint64_t mass = mass_of(key, state.greatest, 1.0f);
        if (mass != 0) {
          atomicAdd(lower + bin, (unsigned)mass & ((1u << MASS_HALF_BITS) - 1));
          atomicAdd(upper + bin, (unsigned)(mass >> MASS_HALF_BITS));
        }
      }
    }
  });
  __syncthreads();
  unsigned long long* histogram = histograms + (size_t)row * BINS;
  for (int i = threadIdx.x; i < BINS; i += THREADS) {
    const unsigned long long sum = ((unsigned long long)upper[i] << MASS_HALF_BITS) + lower[i];
    if (sum != 0) {
      atomicAdd(histogram + i, sum);
    }
  }
  if (last_to_arrive(arrivals + row, gridDim.x)) {
    conclude_digit(states + row, state, histogram, asked, (Cut)cut, digit);
  }
}

/** Grid as in sample_best; partial [rows, slices] of masses and ties [rows, slices] of tokens at the cut. */
extern "C" __global__ void __launch_bounds__(THREADS)
    sample_pick(const float* logits, const float* settings, int* chosen, const RowState* states,
                unsigned long long* partial, unsigned* ties, unsigned* arrivals, int vocabulary) {
  const int row = blockIdx.y;
  const int slices = gridDim.x;
  RowState state = states[row];
  if (state.done) {
    return;
  }
  apply_least(state);
  const Settings asked = settings_of(settings, row);
  unsigned long long mass = 0;
  unsigned count = 0;
  for_slice(logits, vocabulary, [&](uint32_t key, int) {
    if (key > state.cut_key) {
      mass += mass_of(key, state.greatest, asked.temperature);
    }
    count += key == state.cut_key;
  });
  mass = block_sum(mass);
  count = block_sum(count);
  unsigned long long* masses = partial + (size_t)row * slices;
  unsigned* counts = ties + (size_t)row * slices;
  if (threadIdx.x == 0) {
    masses[blockIdx.x] = mass;
    counts[blockIdx.x] = count;
  }
  if (!last_to_arrive(arrivals + row, slices)) {
    return;
  }

  // each thread has a run of slices, so that the order of ids is that of threads
  const int run = (slices + THREADS - 1) / THREADS;
  const int first = min((int)threadIdx.x * run, slices);
  const int end = min(first + run, slices);
  unsigned own_ties = 0;
  for (int i = first; i < end; i++) {
    own_ties += __ldcg(counts + i);
  }
  const unsigned ties_before = block_scan(own_ties).before;
  const uint64_t mass_of_tie = mass_of(state.cut_key, state.greatest, asked.temperature);
  unsigned long long own = 0;
  unsigned before = ties_before;
  for (int i = first; i < end; i++) {
    const unsigned here = __ldcg(counts + i);
    own += kept_mass(__ldcg(masses + i), here, before, state.cut_ties, mass_of_tie);
    before += here;
  }
  const Scan<unsigned long long> scan = block_scan(own);
  const unsigned long long target = draw(asked.uniform, scan.total);

  __shared__ int slice;
  __shared__ unsigned slice_ties;
  __shared__ unsigned long long slice_target;
  if (scan.before <= target && target < scan.before + own) {
    unsigned long long sum = scan.before;
    before = ties_before;
    for (int i = first; i < end; i++) {
      const unsigned here = __ldcg(counts + i);
      const unsigned long long kept = kept_mass(__ldcg(masses + i), here, before, state.cut_ties, mass_of_tie);
      if (target < sum + kept) {
        slice = i;
        slice_ties = before;
        slice_target = target - sum;
        break;
      }
      sum += kept;
      before += here;
    }
  }
  __syncthreads();
  choose_in_slice(logits + (size_t)row * vocabulary, vocabulary, slice, state, asked.temperature, slice_ties,
                  slice_target, chosen + row);
}
