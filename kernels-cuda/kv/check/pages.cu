/* SPDX-License-Identifier: Apache-2.0 */
// Checks on the host: every element of a page has a place of its own, every element of a head is turned once, and
// values are rounded as the formats say.
#include <cstdio>
#include <cstring>
#include <vector>

#include "kv/pages.cuh"
#include "kv/turn.cuh"

using namespace pinyon::kv;

namespace {

int failures = 0;

void expect(bool condition, const char* what, long long detail) {
    if (!condition && failures++ < 20) {
        std::printf("FAILED %s (%lld)\n", what, detail);
    }
}

void pagesAreFilledWithoutGaps() {
    for (int keyFormat = F32; keyFormat <= BF16; keyFormat++) {
        for (int valueFormat = F32; valueFormat <= BF16; valueFormat++) {
            const Shape shape{keyFormat, valueFormat, 3, 24, 40, 4};
            size_t at = 0;
            for (int head = 0; head < 3; head++) {
                for (int slot = 0; slot < 16; slot++, at += 24 * elementBytes(keyFormat)) {
                    expect(keyOffset(shape, head, slot) == at, "key offset", head * 16 + slot);
                }
            }
            for (int head = 0; head < 3; head++) {
                for (int slot = 0; slot < 16; slot++, at += 40 * elementBytes(valueFormat)) {
                    expect(valueOffset(shape, head, slot) == at, "value offset", head * 16 + slot);
                }
            }
            for (int position = 0; position < 100; position++) {
                expect(pageOf(shape, position) * 16 + slotOf(shape, position) == position, "slot", position);
            }
        }
    }
}

void windowsEndWhereTheyShould() {
    for (int position = 0; position < 50; position++) {
        for (int window = 0; window < 60; window++) {
            int first = 0;
            while (window > 0 && position - first >= window) {
                first++;
            }
            expect(firstVisible(position, window) == first, "first visible", position * 100 + window);
        }
    }
}

template <int N>
void headsAreTurnedOnce(int dim, int ropeDim, bool neighbours) {
    std::vector<int> seen(dim, 0);
    const int pairs = ropeDim / 2;
    for (int item = 0; item < turnedItems<N>(dim, ropeDim); item++) {
        for (int i = 0; i < N; i++) {
            if (item < pairs / N) {
                const Runs runs = runsOf<N>(item, pairs, neighbours);
                seen[runs.first + i]++;
                seen[runs.second + i]++;
            } else {
                seen[ropeDim + N * (item - pairs / N) + i]++;
            }
        }
    }
    for (int d = 0; d < dim; d++) {
        expect(seen[d] == 1, "elements of a turned head", dim * 1000 + d);
    }
    // pair p is turned by the angle with cosine p and sine 100
    std::vector<float> head(dim);
    for (int item = 0; item < pairs / N; item++) {
        const Runs runs = runsOf<N>(item, pairs, neighbours);
        float a[N];
        float b[N];
        float cosine[N];
        float sine[N];
        for (int i = 0; i < N; i++) {
            a[i] = static_cast<float>(runs.first + i);
            b[i] = static_cast<float>(runs.second + i);
            cosine[i] = static_cast<float>(N * item + i);
            sine[i] = 100;
        }
        turn(a, b, cosine, sine, neighbours);
        for (int i = 0; i < N; i++) {
            head[runs.first + i] = a[i];
            head[runs.second + i] = b[i];
        }
    }
    for (int p = 0; p < pairs; p++) {
        const int x = neighbours ? 2 * p : p;
        const int y = neighbours ? 2 * p + 1 : p + pairs;
        expect(head[x] == static_cast<float>(x * p - y * 100), "first of a pair", p);
        expect(head[y] == static_cast<float>(x * 100 + y * p), "second of a pair", p);
    }
}

float asFloat(uint32_t bits) {
    float x;
    std::memcpy(&x, &bits, 4);
    return x;
}

/// Rounds to nearest even by integers alone: `mantissa` bits of precision behind the point, exponents from `smallest`.
uint16_t rounded(uint32_t bits, int mantissa, int bias) {
    const int exponentBits = 15 - mantissa;
    const uint32_t sign = bits >> 16 & 0x8000;
    const uint32_t top = ((1u << exponentBits) - 1) << mantissa;
    if ((bits & 0x7fffffff) > 0x7f800000) {
        const uint32_t payload = bits >> (23 - mantissa) & ((1u << mantissa) - 1);
        return static_cast<uint16_t>(sign | top | 1u << (mantissa - 1) | payload);
    }
    const int exponent = static_cast<int>(bits >> 23 & 0xff);
    const uint64_t significand = (bits & 0x7fffff) | (exponent > 0 ? 0x800000u : 0);
    int target = (exponent > 0 ? exponent : 1) - 127 + bias;
    int drop = 23 - mantissa;
    if (target < 1) {
        drop += 1 - target;
        target = 1;
    }
    if (drop > 30) {
        return static_cast<uint16_t>(sign);
    }
    uint64_t kept = significand >> drop;
    const uint64_t rest = significand & ((1ull << drop) - 1);
    const uint64_t half = 1ull << (drop - 1);
    kept += rest > half || (rest == half && (kept & 1) != 0) ? 1 : 0;
    uint64_t encoded = kept + (static_cast<uint64_t>(target - 1) << mantissa);
    return static_cast<uint16_t>(sign | (encoded > top ? top : encoded));
}

void valuesAreRounded() {
    for (uint64_t i = 0; i < (1ull << 32); i += 1021) {
        const auto bits = static_cast<uint32_t>(i);
        expect(toF16(asFloat(bits)) == rounded(bits, 10, 15), "binary16", bits);
        expect(toBf16(asFloat(bits)) == rounded(bits, 7, 127), "bfloat16", bits);
    }
    for (uint32_t high = 0; high < 0x10000; high++) {
        for (const uint32_t low : {0u, 1u, 0x0fffu, 0x1000u, 0x1001u, 0x2000u, 0x7fffu, 0x8000u, 0x8001u, 0xf000u}) {
            const uint32_t bits = high << 16 | low;
            expect(toF16(asFloat(bits)) == rounded(bits, 10, 15), "binary16 near a tie", bits);
            expect(toBf16(asFloat(bits)) == rounded(bits, 7, 127), "bfloat16 near a tie", bits);
        }
    }
    expect(toF16(65519.996f) == 0x7bff && toF16(65520.f) == 0x7c00, "overflow of binary16", 65520);
}

}  // namespace

int main() {
    pagesAreFilledWithoutGaps();
    windowsEndWhereTheyShould();
    for (const bool neighbours : {false, true}) {
        headsAreTurnedOnce<4>(128, 128, neighbours);
        headsAreTurnedOnce<4>(80, 32, neighbours);
        headsAreTurnedOnce<1>(33, 20, neighbours);
        headsAreTurnedOnce<1>(20, 20, neighbours);
    }
    valuesAreRounded();
    std::printf("%d failures\n", failures);
    return failures == 0 ? 0 : 1;
}
