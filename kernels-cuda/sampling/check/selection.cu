/* SPDX-License-Identifier: Apache-2.0 */

/** The steps of sampling.cu, run one after the other on the host, against sorting. */

#include <stdio.h>

#include "reference.cuh"

namespace {
constexpr int SLICE = 2048;

void digit(const std::vector<float>& logits, const Settings& settings, RowState& state, Cut cut, int digit) {
  std::vector<uint64_t> histogram(BINS);
  for (const float logit : logits) {
    const uint32_t key = key_of(logit);
    if (has_prefix(key, state.prefix, digit) && (cut == BY_COUNT || key > state.cut_key)) {
      histogram[bin_of(key, digit)] += cut == BY_COUNT ? 1 : mass_of(key, state.greatest, 1.0f);
    }
  }
  if (cut == BY_MASS && has_prefix(state.cut_key, state.prefix, digit)) {
    histogram[bin_of(state.cut_key, digit)] += mass_at_cut(state);
  }
  const uint64_t total = std::accumulate(histogram.begin(), histogram.end(), uint64_t{0});
  const uint64_t demanded = digit == 0 ? demand(cut, settings, total) : state.remaining;
  uint64_t above = 0;
  int bin = BINS - 1;
  while (above + histogram[bin] < demanded) {
    above += histogram[bin--];
  }
  descend(state, cut, digit, bin, demanded, above);
}

int pick(const std::vector<float>& logits, const Settings& settings, RowState state) {
  apply_least(state);
  const uint64_t mass_of_tie = mass_of(state.cut_key, state.greatest, settings.temperature);
  std::vector<uint64_t> slices;
  uint32_t ties_before = 0;
  for (size_t from = 0; from < logits.size(); from += SLICE) {
    uint64_t above = 0;
    uint32_t ties = 0;
    for (size_t i = from; i < std::min(from + SLICE, logits.size()); i++) {
      const uint32_t key = key_of(logits[i]);
      above += key > state.cut_key ? mass_of(key, state.greatest, settings.temperature) : 0;
      ties += key == state.cut_key;
    }
    slices.push_back(kept_mass(above, ties, ties_before, state.cut_ties, mass_of_tie));
    ties_before += ties;
  }
  const uint64_t target = draw(settings.uniform, std::accumulate(slices.begin(), slices.end(), uint64_t{0}));
  uint64_t sum = 0;
  uint32_t ties = 0;
  for (size_t i = 0; i < logits.size(); i++) {
    const uint32_t key = key_of(logits[i]);
    const bool kept = key > state.cut_key || (key == state.cut_key && ties++ < state.cut_ties);
    sum += kept ? mass_of(key, state.greatest, settings.temperature) : 0;
    if (sum > target) {
      return (int)i;
    }
  }
  return -2;
}

int emulated(const std::vector<float>& logits, const Settings& settings) {
  uint64_t first = 0;
  for (size_t i = 0; i < logits.size(); i++) {
    first = std::max(first, candidate_of(key_of(logits[i]), (int)i));
  }
  int chosen = -2;
  RowState state = begin(first, settings, &chosen);
  if (state.done) {
    return chosen;
  }
  for (int i = 0; i < DIGITS && settings.cuts_k((int)logits.size()); i++) {
    digit(logits, settings, state, BY_COUNT, i);
  }
  for (int i = 0; i < DIGITS && settings.cuts_p(); i++) {
    digit(logits, settings, state, BY_MASS, i);
  }
  return pick(logits, settings, state);
}

}  // namespace

int main() {
  const unsigned seed = std::random_device{}();
  printf("seed %u\n", seed);
  std::mt19937 random(seed);
  int failures = 0;
  for (int i = 0; i < 4000; i++) {
    const std::vector<float> logits = random_logits(random, 1 + (int)(random() % (i % 4 == 0 ? 20 : 6000)), i % 4);
    const Settings settings = random_settings(random);
    const int actual = emulated(logits, settings);
    const float greatest = *std::max_element(logits.begin(), logits.end());
    const int wanted = expected(logits, settings, [&](int id, bool tempered) {
      return mass_of(key_of(logits[id]), greatest, tempered ? settings.temperature : 1.0f);
    });
    if (actual != wanted && failures++ < 10) {
      printf("%zu logits, temperature %g, k %g, p %g, min p %g, uniform %.9g: %d, expected %d\n", logits.size(),
             settings.temperature, settings.top_k, settings.top_p, settings.min_p, settings.uniform, actual, wanted);
    }
  }
  for (int i = 0; i < 100000; i++) {
    const float logit = -(float)(random() % 20000) * 1e-3f;
    const double exact = exp(logit / 0.8) * 0x1p40;
    if (!(fabs((double)mass_of(key_of(logit), 0, 0.8f) - exact) <= 4e-6 * exact + 1) && failures++ < 10) {
      printf("mass of %g is %llu, expected %.1f\n", logit, (unsigned long long)mass_of(key_of(logit), 0, 0.8f), exact);
    }
  }
  printf("%d failures\n", failures);
  return failures == 0 ? 0 : 1;
}
