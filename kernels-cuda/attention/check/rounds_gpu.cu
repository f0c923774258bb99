/* SPDX-License-Identifier: Apache-2.0 */
// Attention in rounds on a GPU, each round by a kernel drawn at random, against one pass in double. Pages that a round
// must not touch have no address while it runs. Good to run under compute-sanitizer, too.
#include <algorithm>
#include <cmath>
#include <cstdio>
#include <memory>
#include <random>
#include <vector>

#include "attention/fragments.cuh"
#include "attention/round.cuh"
#include "attention/splits.cuh"
#include "on_device.cuh"

namespace decoding {
#include "../attention_decode.cu"
}
namespace tiles {
#include "../attention_prefill.cu"
}
namespace tensor_cores {
#include "../attention_mma.cu"
}

namespace {

using namespace pinyon::attention;
namespace kv = pinyon::kv;

constexpr int PAGE_SHIFT = 4;
constexpr int PAGE_TOKENS = 1 << PAGE_SHIFT;
constexpr int SPLITS = 5;

enum Kind : int { DECODING, TILES, TENSOR_CORES };

int failures = 0;

struct Span {
    int firstRow;
    int rows;
    int firstPosition;
};

struct Case {
    int dim;
    int heads;
    int kvHeads;
    int window;
    float cap;
    std::vector<Span> spans;
};

/// The entries of one sequence: pages in one piece of memory, and what they decode to.
struct Sequence {
    std::vector<float> keys;
    std::vector<float> values;
    OnDevice<uint16_t> pages;
    int pageCount;
    size_t pageElements;

    Sequence(const Case& c, int length, std::mt19937& random)
        : keys(draw(c, length, random)),
          values(draw(c, length, random)),
          pages(encode(c, length, keys, values)),
          pageCount((length + PAGE_TOKENS - 1) / PAGE_TOKENS),
          pageElements(elements(c)) {}

    static size_t elements(const Case& c) { return 2 * static_cast<size_t>(c.kvHeads) * PAGE_TOKENS * c.dim; }

    static std::vector<float> draw(const Case& c, int length, std::mt19937& random) {
        std::normal_distribution<float> normal;
        std::vector<float> x(static_cast<size_t>(length) * c.kvHeads * c.dim);
        for (float& value : x) {
            value = __half2float(__float2half_rn(normal(random)));
        }
        return x;
    }

    static std::vector<uint16_t> encode(const Case& c, int length, const std::vector<float>& keys,
                                        const std::vector<float>& values) {
        const kv::Shape shape{kv::F16, kv::F16, c.kvHeads, c.dim, c.dim, PAGE_SHIFT};
        const size_t size = elements(c);
        // what nobody stored would show as not a number
        std::vector<uint16_t> image((length + PAGE_TOKENS - 1) / PAGE_TOKENS * size, 0x7e00);
        for (int at = 0; at < length; at++) {
            for (int head = 0; head < c.kvHeads; head++) {
                for (int d = 0; d < c.dim; d++) {
                    const size_t from = (static_cast<size_t>(at) * c.kvHeads + head) * c.dim + d;
                    const size_t page = kv::pageOf(shape, at) * size;
                    image[page + kv::keyOffset(shape, head, kv::slotOf(shape, at)) / 2 + d] = kv::toF16(keys[from]);
                    image[page + kv::valueOffset(shape, head, kv::slotOf(shape, at)) / 2 + d] =
                        kv::toF16(values[from]);
                }
            }
        }
        return image;
    }

    /// Addresses of the pages that hold some of the entries from to to - 1; for others none.
    std::vector<uint64_t> list(int from, int to) const {
        std::vector<uint64_t> addresses(pageCount, 0);
        for (int i = 0; i < pageCount; i++) {
            if (std::max(from, i * PAGE_TOKENS) < std::min(to, (i + 1) * PAGE_TOKENS)) {
                addresses[i] = reinterpret_cast<uint64_t>(pages.data() + i * pageElements);
            }
        }
        return addresses;
    }
};

/// The tables of a step, but for the page lists.
struct Step {
    int rows = 0;
    int tileCount = 0;
    std::vector<int> rowSpan;
    std::vector<int> rowPosition;
    std::vector<int4> tileList;

    explicit Step(const Case& c) {
        for (const Span& span : c.spans) {
            rows = std::max(rows, span.firstRow + span.rows);
        }
        rowSpan.assign(rows, -1);
        rowPosition.assign(rows, 0);
        for (size_t s = 0; s < c.spans.size(); s++) {
            const Span& span = c.spans[s];
            for (int i = 0; i < span.rows; i++) {
                rowSpan[span.firstRow + i] = static_cast<int>(s);
                rowPosition[span.firstRow + i] = span.firstPosition + i;
            }
            for (int from = 0; from < span.rows; from += 64) {
                tileList.push_back(make_int4(static_cast<int>(s), span.firstRow + from, std::min(64, span.rows - from),
                                             span.firstPosition + from));
            }
        }
        tileCount = static_cast<int>(tileList.size());
    }
};

template <class Kernel>
void allowShared(Kernel kernel, int bytes) {
    require(cudaFuncSetAttribute(kernel, cudaFuncAttributeMaxDynamicSharedMemorySize, bytes), "shared memory");
}

int largestDim(int dim) { return dim <= 64 ? 64 : dim <= 128 ? 128 : 256; }

void decode(const Case& c, int rows, const float* queries, const kv::Table& table, const kv::Shape& shape,
            const Spec& spec, const Round& round, float* out) {
    using namespace decoding;
    const int group = c.heads / c.kvHeads;
    const int passes = (group + BLOCK_HEADS - 1) / BLOCK_HEADS;
    const dim3 grid(SPLITS, rows * c.kvHeads * passes);
    const size_t parts = static_cast<size_t>(grid.x) * grid.y * std::min(BLOCK_HEADS, group);
    const OnDevice<float4> sums(parts * ((c.dim + 3) / 4));
    const OnDevice<float2> states(parts);
    const OnDevice<unsigned> counters(std::vector<unsigned>(grid.y, 0));
    const Partials partials{sums.data(), states.data(), counters.data()};
    auto kernel = attention_decode_any;
    if (c.dim % 8 == 0) {
        kernel = c.dim <= 64    ? attention_decode_f16_64
                 : c.dim <= 128 ? attention_decode_f16_128
                                : attention_decode_f16_256;
    }
    kernel<<<grid, 32 * WARPS>>>(queries, table, shape, spec, partials, passes, out, round);
    require(cudaDeviceSynchronize(), "decode");
    for (const unsigned count : counters.read()) {
        require(count == 0 ? cudaSuccess : cudaErrorUnknown, "a counter is not zero");
    }
}

void tile(const Case& c, int count, const float* queries, const kv::Table& table, const kv::Shape& shape,
          const Spec& spec, const Round& round, float* out) {
    const int dim = largestDim(c.dim);
    const int side = dim == 256 ? 32 : 64;
    const int bytes = 4 * (2 * side * (dim + 4) + side * (side + 4));
    auto kernel = dim == 64    ? tiles::attention_prefill_64
                  : dim == 128 ? tiles::attention_prefill_128
                               : tiles::attention_prefill_256;
    allowShared(kernel, bytes);
    kernel<<<count * c.heads * (64 / side), tiles::THREADS, bytes>>>(queries, table, shape, spec, out, round);
    require(cudaDeviceSynchronize(), "tiles");
}

void multiply(const Case& c, int count, const float* queries, const kv::Table& table, const kv::Shape& shape,
              const Spec& spec, const Round& round, float* out) {
    using namespace tensor_cores;
    const int dim = largestDim(c.dim);
    const int bytes = dim == 256 ? 32 * dim * 8 + (32 << 10) : 64 * dim * 8;
    auto kernel = dim == 64    ? attention_mma_f16_64_round
                  : dim == 128 ? attention_mma_f16_128_round
                               : attention_mma_f16_256_round;
    allowShared(kernel, bytes);
    kernel<<<count * c.heads, THREADS, bytes>>>(queries, table, shape, spec, out, round);
    require(cudaDeviceSynchronize(), "tensor cores");
}

/// One row and head, over all keys that it sees.
std::vector<double> expected(const Case& c, const Sequence& sequence, const float* query, int position, int head,
                             float scale) {
    const int kvHead = head / (c.heads / c.kvHeads);
    const int low = kv::firstVisible(position, c.window);
    std::vector<double> scores;
    for (int at = low; at <= position; at++) {
        double score = 0;
        for (int d = 0; d < c.dim; d++) {
            score += static_cast<double>(query[d]) *
                     sequence.keys[(static_cast<size_t>(at) * c.kvHeads + kvHead) * c.dim + d];
        }
        score *= scale;
        scores.push_back(c.cap > 0 ? c.cap * std::tanh(score / c.cap) : score);
    }
    const double maximum = *std::max_element(scores.begin(), scores.end());
    double total = 0;
    std::vector<double> result(c.dim, 0);
    for (int at = low; at <= position; at++) {
        const double weight = std::exp(scores[at - low] - maximum);
        total += weight;
        for (int d = 0; d < c.dim; d++) {
            result[d] += weight * sequence.values[(static_cast<size_t>(at) * c.kvHeads + kvHead) * c.dim + d];
        }
    }
    for (double& x : result) {
        x /= total;
    }
    return result;
}

/// Rows of several sequences, with queries and what is expected of them.
class Problem {
   public:
    Problem(const Case& c, std::mt19937& random) : c_(c), step_(c), queries_(draw(random)), given_(queries_) {
        for (const Span& span : c.spans) {
            const int length = span.firstPosition + span.rows;
            sequences_.push_back(std::make_unique<Sequence>(c, length, random));
            longest_ = std::max(longest_, length);
        }
        const float scale = 1 / std::sqrt(static_cast<float>(c.dim));
        const double log2e = 1.4426950408889634;
        spec_ = Spec{c.heads, c.window, static_cast<float>(c.cap > 0 ? scale / c.cap : scale * log2e),
                     static_cast<float>(c.cap > 0 ? c.cap * log2e : 0)};
        expected_.assign(queries_.size(), UNTOUCHED);
        for (int row = 0; row < step_.rows; row++) {
            for (int head = 0; head < c.heads && step_.rowSpan[row] >= 0; head++) {
                const size_t from = (static_cast<size_t>(row) * c.heads + head) * c.dim;
                const std::vector<double> result = expected(c, *sequences_[step_.rowSpan[row]], queries_.data() + from,
                                                            step_.rowPosition[row], head, scale);
                std::copy(result.begin(), result.end(), expected_.begin() + from);
            }
        }
    }

    /// In so many rounds, each by one of the kernels.
    void check(const std::vector<int>& kernels, int rounds, std::mt19937& random) const {
        const OnDevice<float> out(std::vector<float>(queries_.size(), UNTOUCHED));
        const OnDevice<int> rowSpan(step_.rowSpan);
        const OnDevice<int> rowPosition(step_.rowPosition);
        const OnDevice<int4> tileList(step_.tileList);
        // not numbers, which a first round must not read
        const OnDevice<float> sums(std::vector<float>(queries_.size(), NAN));
        const OnDevice<float2> states(
            std::vector<float2>(static_cast<size_t>(step_.rows) * c_.heads, make_float2(NAN, NAN)));
        const std::vector<std::vector<int>> cuts = draw(rounds, random);
        bool rounded = false;
        for (int r = 0; r < rounds; r++) {
            std::vector<int2> ranges;
            std::vector<std::unique_ptr<OnDevice<uint64_t>>> lists;
            std::vector<uint64_t> addresses;
            for (size_t s = 0; s < c_.spans.size(); s++) {
                ranges.push_back(make_int2(cuts[s][r], cuts[s][r + 1]));
                lists.push_back(std::make_unique<OnDevice<uint64_t>>(sequences_[s]->list(ranges[s].x, ranges[s].y)));
                addresses.push_back(reinterpret_cast<uint64_t>(lists[s]->data()));
            }
            const OnDevice<int2> range(ranges);
            const OnDevice<uint64_t> pageLists(addresses);
            const kv::Table table{rowSpan.data(), rowPosition.data(), nullptr, pageLists.data(), tileList.data()};
            const Round round{range.data(), sums.data(), states.data(), r == 0, r == rounds - 1};
            const int kernel = kernels[random() % kernels.size()];
            run(kernel, table, round, out.data());
            rounded |= kernel == TENSOR_CORES;
        }
        compare(out.read(), rounded ? 4e-3 : 3e-5, kernels, rounds);
    }

   private:
    static constexpr float UNTOUCHED = 12345;

    std::vector<float> draw(std::mt19937& random) const {
        std::normal_distribution<float> normal;
        std::vector<float> queries(static_cast<size_t>(step_.rows) * c_.heads * c_.dim);
        for (float& x : queries) {
            // values of binary16, so that tensor cores round weights alone
            x = __half2float(__float2half_rn(normal(random)));
        }
        return queries;
    }

    /// Where rounds begin and end, for every span on its own: at times twice at the same entry, or beyond all.
    std::vector<std::vector<int>> draw(int rounds, std::mt19937& random) const {
        std::vector<std::vector<int>> cuts(c_.spans.size());
        for (auto& ends : cuts) {
            ends.push_back(0);
            for (int i = 1; i < rounds; i++) {
                ends.push_back(static_cast<int>(random() % (longest_ + 30)));
            }
            ends.push_back(0x7fffffff);
            std::sort(ends.begin(), ends.end());
        }
        return cuts;
    }

    void run(int kernel, const kv::Table& table, const Round& round, float* out) const {
        const kv::Shape shape{kv::F16, kv::F16, c_.kvHeads, c_.dim, c_.dim, PAGE_SHIFT};
        if (kernel == DECODING) {
            decode(c_, step_.rows, given_.data(), table, shape, spec_, round, out);
        } else if (kernel == TILES) {
            tile(c_, step_.tileCount, given_.data(), table, shape, spec_, round, out);
        } else {
            multiply(c_, step_.tileCount, given_.data(), table, shape, spec_, round, out);
        }
    }

    void compare(const std::vector<float>& result, double bound, const std::vector<int>& kernels, int rounds) const {
        for (size_t i = 0; i < result.size(); i++) {
            if (!(std::abs(result[i] - expected_[i]) <= bound) && failures++ < 20) {
                const size_t head = i / c_.dim;
                std::printf("FAILED dim %d, heads %d/%d, window %d, cap %g, kernel %d of %zu, rounds %d: row %zu head "
                            "%zu element %zu is %g, not %g\n",
                            c_.dim, c_.heads, c_.kvHeads, c_.window, c_.cap, kernels[0], kernels.size(), rounds,
                            head / c_.heads, head % c_.heads, i % c_.dim, result[i], expected_[i]);
            }
        }
    }

    Case c_;
    Step step_;
    std::vector<float> queries_;
    OnDevice<float> given_;
    std::vector<std::unique_ptr<Sequence>> sequences_;
    std::vector<double> expected_;
    Spec spec_{};
    int longest_ = 0;
};

}  // namespace

int main() {
    require_gpu();
    std::mt19937 random(20261124);
    int cases = 0;
    for (const int dim : {33, 64, 128, 192, 256}) {
        for (const int window : {0, 50}) {
            for (const auto& heads : {std::pair(4, 4), std::pair(6, 2), std::pair(17, 1)}) {
                const Case c{dim,
                             heads.first,
                             heads.second,
                             window,
                             random() % 3 == 0 ? 5.f : 0.f,
                             {{0, 1, 200}, {2, 40, 0}, {42, 70, 90}, {112, 3, static_cast<int>(random() % 40)}}};
                const Problem problem(c, random);
                std::vector<std::vector<int>> choices{{DECODING}, {TILES}, {DECODING, TILES}};
                if (dim % 8 == 0) {
                    choices.push_back({TENSOR_CORES});
                    choices.push_back({DECODING, TILES, TENSOR_CORES});
                }
                for (const auto& kernels : choices) {
                    for (int rounds = 1; rounds <= 6; rounds++) {
                        problem.check(kernels, rounds, random);
                        cases++;
                    }
                }
            }
        }
    }
    std::printf("%d cases, %d failures\n", cases, failures);
    return failures == 0 ? 0 : 1;
}
