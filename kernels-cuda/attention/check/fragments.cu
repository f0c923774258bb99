/* SPDX-License-Identifier: Apache-2.0 */
// Checks on the host what attention kernels rest on: that shares of keys cover every key once, that exchanged sums end
// up where they are looked for, and that fragments multiply as matrices do.
#include <cstdio>
#include <vector>

#include "attention/fragments.cuh"
#include "attention/splits.cuh"

using namespace pinyon::attention;

namespace {

int failures = 0;

void expect(bool condition, const char* what, long long detail) {
    if (!condition && failures++ < 20) {
        std::printf("FAILED %s (%lld)\n", what, detail);
    }
}

void sharesCoverEveryKeyOnce(int first, int last, int splits, int streams) {
    const Shares shares = sharesOf(first, last, splits, streams);
    std::vector<int> seen(last + 1, 0);
    expect(shares.active >= 1 && shares.active <= splits, "active splits", last);
    for (int split = 0; split < shares.active; split++) {
        const int begin = split * shares.perSplit;
        const int end = shares.steps < begin + shares.perSplit ? shares.steps : begin + shares.perSplit;
        expect(begin < end, "an active share without work", last);
        for (int stream = 0; stream < streams; stream++) {
            for (int step = begin + stream; step < end; step += streams) {
                for (int key = 0; key < STEP_KEYS; key++) {
                    const int at = shares.base + step * STEP_KEYS + key;
                    if (at >= first && at <= last) {
                        seen[at]++;
                    }
                }
            }
        }
    }
    for (int at = 0; at <= last; at++) {
        expect(seen[at] == (at >= first ? 1 : 0), "keys of a share", at);
    }
}

/// Lane l starts with value i = 1000 l + i, so that every sum tells its value and its lanes.
template <int LANES>
void sumsEndUpWithTheirOwners() {
    std::vector<std::vector<long>> values(32, std::vector<long>(LANES));
    for (int lane = 0; lane < 32; lane++) {
        for (int i = 0; i < LANES; i++) {
            values[lane][i] = 1000 * lane + i;
        }
    }
    for (int distance = LANES / 2; distance > 0; distance /= 2) {
        const auto before = values;
        for (int lane = 0; lane < 32; lane++) {
            const auto& other = before[lane ^ distance];
            for (int i = 0; i < distance; i++) {
                const long given = keepsUpper(lane ^ distance, distance) ? other[i] : other[i + distance];
                values[lane][i] = before[lane][keepsUpper(lane, distance) ? i + distance : i] + given;
            }
        }
    }
    using Slot = ScoreSlot<LANES>;
    int owned[STEP_KEYS][4] = {};
    for (int lane = 0; lane < 32; lane++) {
        const int base = lane / LANES * LANES;
        long expected = 0;
        for (int l = base; l < base + LANES; l++) {
            expected += 1000 * l + lane % LANES;
        }
        expect(values[lane][0] == expected, "an exchanged sum", lane);
        // value i of a lane is load i / 4, head i % 4
        expect(Slot::key(lane) == Slot::loadedKey(lane, lane % LANES / 4), "the key of a score", lane);
        expect(Slot::head(lane) == lane % LANES % 4, "the head of a score", lane);
        owned[Slot::key(lane)][Slot::head(lane)]++;
        for (int load = 0; load < Slot::LOADS; load++) {
            for (int head = 0; head < 4; head++) {
                const int owner = Slot::owner(lane, load, head);
                expect(Slot::key(owner) == Slot::loadedKey(lane, load) && Slot::head(owner) == head, "an owner", lane);
            }
        }
    }
    for (int i = 0; i < STEP_KEYS * 4; i++) {
        expect(owned[i / 4][i % 4] == 1, "owners of a score", i);
    }
}

/// What ldmatrix.x4 gives a lane from a tile of shared memory: register m holds elements of row `lane / 4` of matrix m,
/// or, transposed, of column `lane / 4`.
template <int DIM, class Rows>
void load(const std::vector<int>& tile, Rows rows, bool transposed, int lane, int (&b)[4][2]) {
    for (int m = 0; m < 4; m++) {
        for (int i = 0; i < 2; i++) {
            const int row = transposed ? fragmentColumn(lane) + i : lane / 4;
            const int column = transposed ? lane / 4 : fragmentColumn(lane) + i;
            const MatrixRow at = rows(8 * m + row);
            b[m][i] = tile[chunkAt<2 * DIM>(at.row, at.chunk) / 2 + column];
        }
    }
}

template <class Rows, int ROW_BYTES>
void expectNoBankConflicts(Rows rows) {
    for (int m = 0; m < 4; m++) {
        unsigned banks = 0;
        for (int r = 0; r < 8; r++) {
            const MatrixRow at = rows(8 * m + r);
            banks |= 1u << (chunkAt<ROW_BYTES>(at.row, at.chunk) / 16 % 8);
        }
        expect(banks == 0xff, "bank conflicts", m);
    }
}

/// The accumulator of a product of fragments, element by element as the instruction defines them.
void multiply(std::vector<long>& d, int columns, int n8, const int (&a)[32][4][2], const int (&b)[32][2][2]) {
    for (int row = 0; row < 16; row++) {
        for (int column = 0; column < 8; column++) {
            for (int k = 0; k < 16; k++) {
                const int left = row % 8 * 4 + k % 8 / 2;
                const int right = column * 4 + k % 8 / 2;
                d[row * columns + 8 * n8 + column] +=
                    static_cast<long>(a[left][row / 8 + 2 * (k / 8)][k % 2]) * b[right][k / 8][k % 2];
            }
        }
    }
}

template <int DIM, int BLOCK>
void fragmentsMultiplyAsMatricesDo() {
    std::vector<int> q(16 * DIM);
    std::vector<int> tile(BLOCK * DIM);
    std::vector<int> keys(BLOCK * DIM);
    for (int i = 0; i < 16 * DIM; i++) {
        q[i] = i * 7 % 23 - 11;
    }
    for (int row = 0; row < BLOCK; row++) {
        for (int d = 0; d < DIM; d++) {
            keys[row * DIM + d] = (row * 31 + d * 13) % 29 - 14;
            tile[chunkAt<2 * DIM>(row, d / 8) / 2 + d % 8] = keys[row * DIM + d];
        }
    }
    std::vector<long> scores(16 * BLOCK, 0);
    for (int k = 0; k < DIM / 16; k++) {
        int a[32][4][2];
        for (int lane = 0; lane < 32; lane++) {
            for (int i = 0; i < 8; i++) {
                const int half = i / 2;
                const int d = 16 * k + 8 * (half / 2) + fragmentColumn(lane) + i % 2;
                a[lane][half][i % 2] = q[fragmentRow(lane, half % 2) * DIM + d];
            }
        }
        for (int n = 0; n < BLOCK / 16; n++) {
            int low[32][2][2];
            int high[32][2][2];
            const auto rows = [=](int lane) { return keyRow(lane, n, k); };
            expectNoBankConflicts<decltype(rows), 2 * DIM>(rows);
            for (int lane = 0; lane < 32; lane++) {
                int b[4][2];
                load<DIM>(tile, rows, false, lane, b);
                for (int i = 0; i < 4; i++) {
                    low[lane][i / 2][i % 2] = b[i / 2][i % 2];
                    high[lane][i / 2][i % 2] = b[2 + i / 2][i % 2];
                }
            }
            multiply(scores, BLOCK, 2 * n, a, low);
            multiply(scores, BLOCK, 2 * n + 1, a, high);
        }
    }
    std::vector<long> sums(16 * DIM, 0);
    for (int k = 0; k < BLOCK / 16; k++) {
        int a[32][4][2];
        for (int lane = 0; lane < 32; lane++) {
            for (int i = 0; i < 8; i++) {
                // accumulators {2k: 0, 1}, {2k: 2, 3}, {2k + 1: 0, 1}, {2k + 1: 2, 3}
                const int half = i / 2;
                const int column = 8 * (2 * k + half / 2) + fragmentColumn(lane) + i % 2;
                a[lane][half][i % 2] = static_cast<int>(scores[fragmentRow(lane, half % 2) * BLOCK + column]);
            }
        }
        for (int n = 0; n < DIM / 16; n++) {
            int low[32][2][2];
            int high[32][2][2];
            const auto rows = [=](int lane) { return valueRow(lane, n, k); };
            expectNoBankConflicts<decltype(rows), 2 * DIM>(rows);
            for (int lane = 0; lane < 32; lane++) {
                int b[4][2];
                load<DIM>(tile, rows, true, lane, b);
                for (int i = 0; i < 4; i++) {
                    low[lane][i / 2][i % 2] = b[i / 2][i % 2];
                    high[lane][i / 2][i % 2] = b[2 + i / 2][i % 2];
                }
            }
            multiply(sums, DIM, 2 * n, a, low);
            multiply(sums, DIM, 2 * n + 1, a, high);
        }
    }
    for (int row = 0; row < 16; row++) {
        std::vector<long> expected(DIM, 0);
        for (int key = 0; key < BLOCK; key++) {
            long score = 0;
            for (int d = 0; d < DIM; d++) {
                score += static_cast<long>(q[row * DIM + d]) * keys[key * DIM + d];
            }
            expect(scores[row * BLOCK + key] == score, "a score", row * BLOCK + key);
            for (int d = 0; d < DIM; d++) {
                expected[d] += score * keys[key * DIM + d];
            }
        }
        for (int d = 0; d < DIM; d++) {
            expect(sums[row * DIM + d] == expected[d], "a sum", row * DIM + d);
        }
    }
}

}  // namespace

int main() {
    for (const int splits : {1, 2, 3, 16, 49, 128}) {
        for (const int streams : {1, 2, 4}) {
            for (int last = 0; last < 700; last += last < 40 ? 1 : 17) {
                for (const int window : {0, 1, 5, 8, 9, 100}) {
                    sharesCoverEveryKeyOnce(pinyon::kv::firstVisible(last, window), last, splits, streams);
                }
            }
            sharesCoverEveryKeyOnce(0, 131071, splits, streams);
        }
    }
    sumsEndUpWithTheirOwners<8>();
    sumsEndUpWithTheirOwners<16>();
    sumsEndUpWithTheirOwners<32>();
    fragmentsMultiplyAsMatricesDo<64, 64>();
    fragmentsMultiplyAsMatricesDo<128, 64>();
    fragmentsMultiplyAsMatricesDo<256, 32>();
    fragmentsMultiplyAsMatricesDo<256, 16>();
    std::printf("%d failures\n", failures);
    return failures == 0 ? 0 : 1;
}
