/* SPDX-License-Identifier: Apache-2.0 */
#pragma once

#include <math.h>

#include <algorithm>
#include <numeric>
#include <random>
#include <vector>

#include "../selection.cuh"

/** What sampling has to choose, said in the plainest way, and rows to try it on. */

/**
 * The token, by sorting. mass(id, tempered) is the fixed-point mass, at the temperature or at 1; the exponentials of
 * host and device differ in their last bits, and a sum just below a limit could then be one just above.
 */
template <class Mass>
inline int expected(const std::vector<float>& logits, const Settings& settings, Mass mass) {
  const int n = (int)logits.size();
  bool finite = false;
  for (const float logit : logits) {
    if (std::isnan(logit) || logit == INFINITY) {
      return -1;
    }
    finite |= logit != -INFINITY;
  }
  if (!finite) {
    return -1;
  }
  std::vector<int> order(n);
  std::iota(order.begin(), order.end(), 0);
  std::stable_sort(order.begin(), order.end(), [&](int a, int b) { return logits[a] > logits[b]; });
  if (settings.temperature == 0) {
    return order[0];
  }
  const float greatest = logits[order[0]];
  if (settings.top_k > 0 && settings.top_k < n) {
    order.resize((size_t)settings.top_k);
  }
  if (settings.top_p < 1) {
    uint64_t total = 0;
    for (const int id : order) {
      total += mass(id, false);
    }
    uint64_t sum = 0;
    size_t taken = 0;
    do {
      sum += mass(order[taken++], false);
    } while (taken < order.size() && (double)sum < (double)settings.top_p * (double)total);
    order.resize(taken);
  }
  if (settings.min_p > 0) {
    const float least = (float)(greatest + log((double)settings.min_p));
    order.erase(std::remove_if(order.begin(), order.end(), [&](int id) { return logits[id] < least; }), order.end());
  }
  std::sort(order.begin(), order.end());
  uint64_t total = 0;
  for (const int id : order) {
    total += mass(id, true);
  }
  uint64_t sum = 0;
  for (const int id : order) {
    sum += mass(id, true);
    if ((double)sum > (double)settings.uniform * (double)total) {
      return id;
    }
  }
  return order.back();
}

/** Of four kinds: two with many ties, one with many impossible tokens, one with few likely ones. */
inline std::vector<float> random_logits(std::mt19937& random, int n, int kind) {
  std::normal_distribution<float> normal(0, kind == 3 ? 8.0f : 2.0f);
  std::vector<float> logits(n);
  for (float& logit : logits) {
    logit = normal(random);
    if (kind == 1 || kind == 0) {
      logit = roundf(logit);  // many ties, and both zeros
    }
    if (kind == 2 && random() % 3 == 0) {
      logit = -INFINITY;
    }
  }
  if (random() % 40 == 0) {
    logits[random() % n] = random() % 2 ? NAN : INFINITY;
  }
  if (random() % 40 == 0) {
    std::fill(logits.begin(), logits.end(), -INFINITY);
  }
  return logits;
}

inline float one_of(std::mt19937& random, std::vector<float> values) { return values[random() % values.size()]; }

inline Settings random_settings(std::mt19937& random) {
  return {one_of(random, {0, 0.05f, 0.7f, 1, 3}), one_of(random, {0, 1, 2, 7, 40, 1000, 1e6f}),
          one_of(random, {0, 0.1f, 0.5f, 0.9f, 0.999f, 1}), one_of(random, {0, 0.05f, 0.5f, 1}),
          (float)(random() >> 8) * 0x1p-24f};
}
