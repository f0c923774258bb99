/* SPDX-License-Identifier: Apache-2.0 */
// Checks on the host what rounds rest on: that ranges divide a row's keys, that a row without keys is finished by one
// split, and that states merge to what one pass over all keys gives, whichever kernel made them.
#include <algorithm>
#include <cmath>
#include <cstdio>
#include <random>
#include <vector>

#include "attention/round.cuh"
#include "attention/splits.cuh"

using namespace pinyon::attention;

namespace {

constexpr int DIM = 3;
constexpr int BLOCK = 64;

int failures = 0;

void expect(bool condition, const char* what, double detail) {
    if (!condition && failures++ < 20) {
        std::printf("FAILED %s (%g)\n", what, detail);
    }
}

/// What a kernel holds at its end, and what memory holds between rounds.
struct State {
    float2 state = emptyState();
    float sums[DIM] = {};
};

struct Row {
    /// Products of query and keys, which factor turns into exponents of 2.
    std::vector<float> scores;
    std::vector<float> values;
    float factor;
};

/// As attention_decode and attention_prefill: exponents of 2, their maximum subtracted.
State inExponents(const Row& row, int low, int high) {
    State all;
    for (int at = low; at <= high; at += STEP_KEYS) {
        float maximum = all.state.x;
        for (int k = at; k <= std::min(high, at + STEP_KEYS - 1); k++) {
            maximum = std::fmax(maximum, row.scores[k] * row.factor);
        }
        const float base = subtractable(maximum);
        const float shrink = exp2Fast(all.state.x - base);
        all.state = make_float2(maximum, all.state.y * shrink);
        for (float& sum : all.sums) {
            sum *= shrink;
        }
        for (int k = at; k <= std::min(high, at + STEP_KEYS - 1); k++) {
            const float weight = exp2Fast(row.scores[k] * row.factor - base);
            all.state.y += weight;
            for (int d = 0; d < DIM; d++) {
                all.sums[d] = std::fmaf(weight, row.values[DIM * k + d], all.sums[d]);
            }
        }
    }
    return all;
}

/// As attention_mma: the maximum of the scores, blocks with keys that do not count, weights times 2^shift.
State inScores(const Row& row, int low, int high, float shift) {
    float maximum = negativeInfinity();
    float total = 0;
    float sums[DIM] = {};
    for (int start = low / BLOCK * BLOCK; start <= high; start += BLOCK) {
        std::vector<float> scores(BLOCK, negativeInfinity());
        for (int k = 0; k < BLOCK; k++) {
            if (start + k >= low && start + k <= high) {
                scores[k] = row.scores[start + k];
            }
        }
        const float higher = std::fmax(maximum, *std::max_element(scores.begin(), scores.end()));
        const float base = subtractable(higher);
        const float shrink = exp2Fast((maximum - base) * row.factor);
        maximum = higher;
        const float offset = weightOffset(base, row.factor, shift);
        total *= shrink;
        for (float& sum : sums) {
            sum *= shrink;
        }
        for (int k = 0; k < BLOCK; k++) {
            const float weight = exp2Fast(std::fmaf(scores[k], row.factor, offset));
            total += weight;
            for (int d = 0; d < DIM && weight > 0; d++) {
                sums[d] = std::fmaf(weight, row.values[DIM * (start + k) + d], sums[d]);
            }
        }
    }
    State all;
    const Shifted own = unshifted(maximum, total, row.factor, shift);
    all.state = own.state;
    for (int d = 0; d < DIM; d++) {
        all.sums[d] = sums[d] * own.factor;
    }
    return all;
}

State by(int kernel, const Row& row, const Keys& keys) {
    switch (kernel) {
        case 0:
            return inExponents(row, keys.low, keys.high);
        case 1:
            return inScores(row, keys.low, keys.high, 14);
        default:
            return inScores(row, keys.low, keys.high, 0);
    }
}

void add(State& running, const State& own) {
    const Merge merge = merged(running.state, own.state);
    for (int d = 0; d < DIM; d++) {
        running.sums[d] = std::fmaf(merge.own, own.sums[d], merge.before * running.sums[d]);
    }
    running.state = merge.state;
}

/// One pass over the keys low to high in double.
void expectResult(const State& state, const Row& row, int low, int high, double bound) {
    double maximum = -HUGE_VAL;
    for (int k = low; k <= high; k++) {
        maximum = std::max(maximum, static_cast<double>(row.scores[k]) * row.factor);
    }
    double total = 0;
    double sums[DIM] = {};
    for (int k = low; k <= high; k++) {
        const double weight = std::exp2(static_cast<double>(row.scores[k]) * row.factor - maximum);
        total += weight;
        for (int d = 0; d < DIM; d++) {
            sums[d] += weight * row.values[DIM * k + d];
        }
    }
    if (low > high) {
        expect(state.state.x == negativeInfinity() && state.state.y == 0, "a state of nothing", state.state.y);
    } else {
        expect(std::abs(state.state.x - maximum) <= 1e-6 * std::abs(maximum), "a maximum", state.state.x - maximum);
        const double scale = std::exp2(maximum - state.state.x);
        expect(std::abs(state.state.y - scale * total) <= bound * total, "a sum of weights", state.state.y - total);
    }
    for (int d = 0; d < DIM; d++) {
        const float result = state.state.y == 0 ? 0 : state.sums[d] / state.state.y;
        const double expected = total == 0 ? 0 : sums[d] / total;
        expect(std::abs(result - expected) <= bound, "a result", result - expected);
    }
}

void statesMergeToOnePass(std::mt19937& random, float size) {
    const int length = 1 + static_cast<int>(random() % 300);
    std::normal_distribution<float> normal;
    Row row{std::vector<float>(length), std::vector<float>(DIM * length), 0.18f};
    for (float& score : row.scores) {
        score = size * normal(random);
    }
    for (float& value : row.values) {
        value = std::clamp(normal(random), -4.f, 4.f);
    }
    const int last = length - 1;
    const int first = pinyon::kv::firstVisible(last, random() % 2 == 0 ? 0 : 1 + static_cast<int>(random() % 400));
    std::vector<int> cuts{0};
    for (int i = static_cast<int>(random() % 6); i > 0; i--) {
        cuts.push_back(static_cast<int>(random() % (length + 20)));
    }
    cuts.push_back(0x7fffffff);
    std::sort(cuts.begin(), cuts.end());
    // a score is rounded, so the weight of a large one is not exact
    const double bound = 2e-5 + 4e-6 * size;

    std::vector<int> order(cuts.size() - 1);
    for (size_t i = 0; i < order.size(); i++) {
        order[i] = static_cast<int>(i);
    }
    std::shuffle(order.begin(), order.end(), random);
    std::vector<int> counted(length, 0);
    State running;
    for (const int i : order) {
        const Keys keys = keysWithin(first, last, cuts[i], cuts[i + 1]);
        for (int at = keys.low; at <= keys.high; at++) {
            counted[at]++;
        }
        expect(keys.low <= keys.high || keys.low / BLOCK * BLOCK > keys.high, "blocks without keys", keys.low);
        const State before = running;
        const State own = by(static_cast<int>(random() % 3), row, keys);
        expectResult(own, row, keys.low, keys.high, bound);
        add(running, own);
        if (keys.low > keys.high) {
            const bool kept = std::equal(before.sums, before.sums + DIM, running.sums) &&
                              before.state.x == running.state.x && before.state.y == running.state.y;
            expect(kept, "a state that nothing was added to", i);
        }
        // by way of a part, whose maximum is an exponent of e
        if (random() % 3 == 0) {
            running.state.x *= 0.6931471805599453f;
            running.state.x *= 1.4426950408889634f;
        }
    }
    for (int at = 0; at < length; at++) {
        expect(counted[at] == (at >= first ? 1 : 0), "keys of all ranges", at);
    }
    expectResult(running, row, first, last, bound);
}

void nothingIsZero() {
    State running;
    add(running, State{});
    expect(running.state.x == negativeInfinity() && running.state.y == 0, "nothing and nothing", running.state.x);
    for (const float sum : running.sums) {
        expect(sum == 0, "the sum of nothing", sum);
    }
    const Shifted shifted = unshifted(negativeInfinity(), 0, 0.1f, 14);
    expect(shifted.state.x == negativeInfinity() && shifted.state.y == 0, "nothing, shifted", shifted.state.x);
}

void rowsWithoutKeysAreFinishedOnce() {
    for (int last = 0; last < 40; last++) {
        for (const int splits : {1, 2, 128}) {
            const Keys keys = keysWithin(0, last, last + 1, last + 5);
            const Shares shares = sharesOf(keys.low, keys.high, splits, 4);
            expect(shares.active == 1 && shares.steps == 0, "shares of nothing", last);
        }
    }
}

}  // namespace

int main() {
    std::mt19937 random(20261124);
    for (int i = 0; i < 2000; i++) {
        for (const float size : {0.f, 1.f, 30.f, 1000.f}) {
            statesMergeToOnePass(random, size);
        }
    }
    nothingIsZero();
    rowsWithoutKeysAreFinishedOnce();
    std::printf("%d failures\n", failures);
    return failures == 0 ? 0 : 1;
}
