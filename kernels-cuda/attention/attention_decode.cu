/* SPDX-License-Identifier: Apache-2.0 */
// Attention of few rows, each over its own cache: flash decoding (split keys, partial softmax states, one combination).
//
// Block (split, row * kvHeads * passes): four warps. A warp keeps four query heads in registers and takes eight keys
// at a time, so that after one exchange each of its lanes owns one of 32 scores. Warps with the same heads are streams
// that take steps in turn; warps with other heads of the group read the same keys from the first-level cache. The last
// block of a row and KV head to arrive adds up the partial sums in the order of the splits, whatever the order of
// arrival. Whoever has a row's sums merges them with the running state, if there is one.
#include "round.cuh"
#include "splits.cuh"

namespace {

using namespace pinyon::attention;
namespace kv = pinyon::kv;

constexpr int WARPS = 4;
constexpr int WARP_HEADS = 4;
/// Query heads of a block; larger groups take several passes over the cache.
constexpr int BLOCK_HEADS = WARPS * WARP_HEADS;
constexpr int ELEMENTS = 8;
constexpr int MAX_SPLITS = 128;
constexpr unsigned ALL = 0xffffffffu;

/// How a lane holds its share of an entry: ELEMENTS consecutive elements of 16 bits, by one load of 16 bytes.
template <bool BF16>
struct Halves {
    using Raw = uint4;
    static constexpr bool SCATTERED = false;
    __host__ __device__ static constexpr size_t bytes(int dim, int) { return 2 * static_cast<size_t>(dim); }
    static __device__ __forceinline__ void clear(Raw& raw) { raw = make_uint4(0, 0, 0, 0); }
    static __device__ __forceinline__ void load(Raw& raw, const unsigned char* entry, int lane, int, int) {
        raw = __ldg(reinterpret_cast<const uint4*>(entry) + lane);
    }
    static __device__ __forceinline__ void unpack(const Raw& raw, float (&x)[ELEMENTS]) {
        const uint32_t words[4] = {raw.x, raw.y, raw.z, raw.w};
#pragma unroll
        for (int i = 0; i < 4; i++) {
            const float2 pair = BF16 ? kv::bf16Pair(words[i]) : kv::f16Pair(words[i]);
            x[2 * i] = pair.x;
            x[2 * i + 1] = pair.y;
        }
    }
};

/// ELEMENTS consecutive elements of 32 bits.
struct Singles {
    struct Raw {
        float4 low;
        float4 high;
    };
    static constexpr bool SCATTERED = false;
    __host__ __device__ static constexpr size_t bytes(int dim, int) { return 4 * static_cast<size_t>(dim); }
    static __device__ __forceinline__ void clear(Raw& raw) {
        raw.low = make_float4(0, 0, 0, 0);
        raw.high = make_float4(0, 0, 0, 0);
    }
    static __device__ __forceinline__ void load(Raw& raw, const unsigned char* entry, int lane, int, int) {
        raw.low = __ldg(reinterpret_cast<const float4*>(entry) + 2 * lane);
        raw.high = __ldg(reinterpret_cast<const float4*>(entry) + 2 * lane + 1);
    }
    static __device__ __forceinline__ void unpack(const Raw& raw, float (&x)[ELEMENTS]) {
        x[0] = raw.low.x;
        x[1] = raw.low.y;
        x[2] = raw.low.z;
        x[3] = raw.low.w;
        x[4] = raw.high.x;
        x[5] = raw.high.y;
        x[6] = raw.high.z;
        x[7] = raw.high.w;
    }
};

/// Any dimension, format and page size: every 32nd element, one by one.
struct Scattered {
    struct Raw {
        float x[ELEMENTS];
    };
    static constexpr bool SCATTERED = true;
    __host__ __device__ static constexpr size_t bytes(int dim, int format) {
        return static_cast<size_t>(dim) * kv::elementBytes(format);
    }
    static __device__ __forceinline__ void clear(Raw& raw) {
#pragma unroll
        for (int e = 0; e < ELEMENTS; e++) {
            raw.x[e] = 0;
        }
    }
    static __device__ __forceinline__ void load(Raw& raw, const unsigned char* entry, int lane, int dim, int format) {
#pragma unroll
        for (int e = 0; e < ELEMENTS; e++) {
            const int d = lane + 32 * e;
            raw.x[e] = d < dim ? kv::element(entry, d, format) : 0.f;
        }
    }
    static __device__ __forceinline__ void unpack(const Raw& raw, float (&x)[ELEMENTS]) {
#pragma unroll
        for (int e = 0; e < ELEMENTS; e++) {
            x[e] = raw.x[e];
        }
    }
};

/// Where partial results go: sums [row block][split][head][dim rounded up to 4], states {maximum, weights} without dim,
/// with the heads of the first pass in every pass.
struct Partials {
    float4* sums;
    float2* states;
    unsigned* counters;
};

/// One round of sumTransposed after the other; recursion, so that the values stay in registers.
template <int DISTANCE, int COUNT>
__device__ __forceinline__ void sumRound(float (&values)[COUNT], int lane) {
    if constexpr (DISTANCE > 0) {
        const bool upper = keepsUpper(lane, DISTANCE);
#pragma unroll
        for (int i = 0; i < DISTANCE; i++) {
            const float low = values[i];
            const float high = values[i + DISTANCE];
            values[i] = (upper ? high : low) + __shfl_xor_sync(ALL, upper ? low : high, DISTANCE);
        }
        sumRound<DISTANCE / 2>(values, lane);
    }
}

/// Sums LANES values over LANES lanes at the price of LANES - 1 exchanges; lane i keeps the sum of value i.
template <int LANES>
__device__ __forceinline__ float sumTransposed(float (&values)[LANES], int lane) {
    sumRound<LANES / 2>(values, lane);
    return values[0];
}

/// Over the lanes that own scores of the same head.
template <class Combine>
__device__ __forceinline__ float overKeys(float x, Combine combine) {
#pragma unroll
    for (int distance = 4; distance < 32; distance *= 2) {
        x = combine(x, __shfl_xor_sync(ALL, x, distance));
    }
    return x;
}

/// Partial softmax of a warp's heads: each lane has its dims of all heads, and maximum and weights of head lane % 4.
template <int LANES, class Entry>
struct WarpState {
    float q[WARP_HEADS][ELEMENTS];
    float sums[WARP_HEADS][ELEMENTS];
    float maximum;
    float weights;

    static __device__ __forceinline__ int dimOf(int lane, int e) {
        return Entry::SCATTERED ? lane + 32 * e : lane % LANES * ELEMENTS + e;
    }

    __device__ __forceinline__ void start(const float* query, int heads, int dim, int lane) {
#pragma unroll
        for (int h = 0; h < WARP_HEADS; h++) {
#pragma unroll
            for (int e = 0; e < ELEMENTS; e++) {
                const int d = dimOf(lane, e);
                q[h][e] = h < heads && d < dim ? __ldg(query + h * dim + d) : 0.f;
                sums[h][e] = 0;
            }
        }
        maximum = negativeInfinity();
        weights = 0;
    }

    /// The exponents of the lane's score from the loaded keys.
    __device__ __forceinline__ float score(const typename Entry::Raw (&keys)[ScoreSlot<LANES>::LOADS], int lane) {
        float products[LANES];
#pragma unroll
        for (int i = 0; i < ScoreSlot<LANES>::LOADS; i++) {
            float k[ELEMENTS];
            Entry::unpack(keys[i], k);
#pragma unroll
            for (int h = 0; h < WARP_HEADS; h++) {
                float product = q[h][0] * k[0];
#pragma unroll
                for (int e = 1; e < ELEMENTS; e++) {
                    product = fmaf(q[h][e], k[e], product);
                }
                products[i * WARP_HEADS + h] = product;
            }
        }
        return sumTransposed<LANES>(products, lane);
    }

    /// Takes in a step: the lane's exponent, minus infinity for a key that is not seen, and the loaded values.
    __device__ __forceinline__ float weigh(float exponent) {
        const float higher = fmaxf(maximum, overKeys(exponent, [](float a, float b) { return fmaxf(a, b); }));
        const float base = subtractable(higher);
        if (__any_sync(ALL, higher > maximum)) {
            const float shrink = exp2Fast(maximum - base);
            weights *= shrink;
#pragma unroll
            for (int h = 0; h < WARP_HEADS; h++) {
                const float factor = __shfl_sync(ALL, shrink, h);
#pragma unroll
                for (int e = 0; e < ELEMENTS; e++) {
                    sums[h][e] *= factor;
                }
            }
            maximum = higher;
        }
        const float weight = exp2Fast(exponent - base);
        weights += weight;
        return weight;
    }

    __device__ __forceinline__ void add(const typename Entry::Raw& value, int load, float weight, int lane) {
        float v[ELEMENTS];
        Entry::unpack(value, v);
#pragma unroll
        for (int h = 0; h < WARP_HEADS; h++) {
            const float w = __shfl_sync(ALL, weight, ScoreSlot<LANES>::owner(lane, load, h));
#pragma unroll
            for (int e = 0; e < ELEMENTS; e++) {
                sums[h][e] = fmaf(w, v[e], sums[h][e]);
            }
        }
    }

    /// Brings together what the lanes have; then the first LANES lanes hold the warp's sums.
    __device__ __forceinline__ void finish() {
        weights = overKeys(weights, [](float a, float b) { return a + b; });
#pragma unroll
        for (int distance = LANES; distance < 32; distance *= 2) {
#pragma unroll
            for (int h = 0; h < WARP_HEADS; h++) {
#pragma unroll
                for (int e = 0; e < ELEMENTS; e++) {
                    sums[h][e] += __shfl_xor_sync(ALL, sums[h][e], distance);
                }
            }
        }
    }
};

__device__ __forceinline__ void addScaled(float4& sum, float factor, const float4& x) {
    sum.x = fmaf(factor, x.x, sum.x);
    sum.y = fmaf(factor, x.y, sum.y);
    sum.z = fmaf(factor, x.z, sum.z);
    sum.w = fmaf(factor, x.w, sum.w);
}

/// Four elements of a head, or as many as it has and zeros.
__device__ __forceinline__ float4 readFour(const float* head, int unit, int dim) {
    if (dim % 4 == 0) {
        return reinterpret_cast<const float4*>(head)[unit];
    }
    float x[4];
#pragma unroll
    for (int i = 0; i < 4; i++) {
        x[i] = 4 * unit + i < dim ? head[4 * unit + i] : 0.f;
    }
    return make_float4(x[0], x[1], x[2], x[3]);
}

/// Writes four elements of a head, or as many as it has.
__device__ __forceinline__ void writeFour(float* head, int unit, int dim, const float4& x) {
    if (dim % 4 == 0) {
        reinterpret_cast<float4*>(head)[unit] = x;
        return;
    }
    const float values[4] = {x.x, x.y, x.z, x.w};
#pragma unroll
    for (int i = 0; i < 4; i++) {
        if (4 * unit + i < dim) {
            head[4 * unit + i] = values[i];
        }
    }
}

/// Writes four elements of what a row's head has come to: the result, or the running state.
/// @param head index among the heads of all rows
/// @param state of the sum
/// @param before the head's running state, read before any thread comes here
__device__ __forceinline__ void handOn(const Round& round, size_t head, int unit, int dim, float4 sum, float2 state,
                                       const float2& before, float* out) {
    if (!round.first) {
        const Merge merge = merged(before, state);
        const float4 own = sum;
        const float4 earlier = readFour(round.sums + head * dim, unit, dim);
        sum = make_float4(merge.before * earlier.x, merge.before * earlier.y, merge.before * earlier.z,
                          merge.before * earlier.w);
        addScaled(sum, merge.own, own);
        state = merge.state;
    }
    if (round.last) {
        writeFour(out + head * dim, unit, dim,
                  make_float4(normalised(sum.x, state.y), normalised(sum.y, state.y), normalised(sum.z, state.y),
                              normalised(sum.w, state.y)));
        return;
    }
    writeFour(round.sums + head * dim, unit, dim, sum);
    if (unit == 0) {
        round.states[head] = state;
    }
}

/// Adds up the partial results of a row and the heads of one block; all threads of the last block to arrive.
/// @param firstHead index among the heads of all rows
/// @param before the running state of the block's heads
__device__ void combine(const Partials& partials, int active, int heads, int pitch, int dim, const Round& round,
                        size_t firstHead, const float2* before, float* out) {
    __shared__ float factors[BLOCK_HEADS][MAX_SPLITS];
    __shared__ float2 totals[BLOCK_HEADS];
    const int lane = threadIdx.x % 32;
    const int units = ceilDiv(dim, 4);
    const size_t first = static_cast<size_t>(blockIdx.y) * gridDim.x;
    for (int h = threadIdx.x / 32; h < heads; h += WARPS) {
        float maximum = negativeInfinity();
        for (int s = lane; s < active; s += 32) {
            maximum = fmaxf(maximum, __ldcg(partials.states + (first + s) * pitch + h).x);
        }
        for (int distance = 16; distance > 0; distance /= 2) {
            maximum = fmaxf(maximum, __shfl_xor_sync(ALL, maximum, distance));
        }
        const float base = subtractable(maximum);
        float weights = 0;
        for (int s = lane; s < active; s += 32) {
            const float2 state = __ldcg(partials.states + (first + s) * pitch + h);
            factors[h][s] = exp2Fast(state.x - base);
            weights = fmaf(factors[h][s], state.y, weights);
        }
        for (int distance = 16; distance > 0; distance /= 2) {
            weights += __shfl_xor_sync(ALL, weights, distance);
        }
        if (lane == 0) {
            totals[h] = make_float2(maximum, weights);
        }
    }
    __syncthreads();
    for (int i = threadIdx.x; i < heads * units; i += 32 * WARPS) {
        const int h = i / units;
        const float4* sums = partials.sums + first * pitch * units + i;
        float4 sum = make_float4(0, 0, 0, 0);
#pragma unroll 8
        for (int s = 0; s < active; s++) {
            addScaled(sum, factors[h][s], __ldcg(sums + static_cast<size_t>(s) * pitch * units));
        }
        handOn(round, firstHead + h, i - h * units, dim, sum, totals[h], before[h], out);
    }
}

/// @param passes blocks for the heads of one group
template <int LANES, class Entry>
__device__ __forceinline__ void decode(const float* queries, const kv::Table& table, const kv::Shape& shape,
                                       const Spec& spec, const Partials& partials, int passes, float* out,
                                       const Round& round) {
    using State = WarpState<LANES, Entry>;
    using Slot = ScoreSlot<LANES>;
    // values in flight beside the keys, where there are registers for both
    constexpr bool EARLY_VALUES = Slot::LOADS * sizeof(typename Entry::Raw) <= 64;
    __shared__ float warpSums[WARPS][WARP_HEADS][LANES * ELEMENTS];
    __shared__ float2 warpStates[WARPS][WARP_HEADS];
    __shared__ float2 before[BLOCK_HEADS];
    __shared__ bool last;

    const int pass = blockIdx.y % passes;
    const int kvHead = blockIdx.y / passes % shape.kvHeads;
    const int row = blockIdx.y / passes / shape.kvHeads;
    const int span = __ldg(table.rowSpan + row);
    if (span < 0) {
        return;
    }
    const int position = __ldg(table.rowPosition + row);
    const Keys seen = keysOf(round, span, kv::firstVisible(position, spec.window), position);
    const int group = spec.heads / shape.kvHeads;
    const int blockHeads = min(BLOCK_HEADS, group - pass * BLOCK_HEADS);
    const int chunks = blockHeads <= WARP_HEADS ? 1 : blockHeads <= 2 * WARP_HEADS ? 2 : WARPS;
    const int streams = WARPS / chunks;
    const Shares shares = sharesOf(seen.low, seen.high, gridDim.x, streams);
    const int split = blockIdx.x;
    if (split >= shares.active) {
        return;
    }

    const int lane = threadIdx.x % 32;
    const int warp = threadIdx.x / 32;
    const int chunk = warp % chunks;
    const int firstHead = kvHead * group + pass * BLOCK_HEADS;
    const int warpHeads = blockHeads - chunk * WARP_HEADS;
    const size_t head = static_cast<size_t>(row) * spec.heads + firstHead;
    State state;
    state.start(queries + (head + chunk * WARP_HEADS) * shape.keyDim, warpHeads, shape.keyDim, lane);
    if (warpHeads > 0) {
        const uint64_t* list = reinterpret_cast<const uint64_t*>(__ldg(table.pageLists + span));
        const size_t keyBytes = Entry::bytes(shape.keyDim, shape.keyFormat);
        const size_t valueBytes = Entry::bytes(shape.valueDim, shape.valueFormat);
        const size_t keyHead = kv::keyOffset(shape, kvHead, 0);
        const size_t valueHead = kv::valueOffset(shape, kvHead, 0);
        const bool hasKey = Entry::SCATTERED || lane % LANES * ELEMENTS < shape.keyDim;
        const bool hasValue = Entry::SCATTERED || lane % LANES * ELEMENTS < shape.valueDim;
        const int end = min(shares.steps, (split + 1) * shares.perSplit);
        for (int step = split * shares.perSplit + warp / chunks; step < end; step += streams) {
            const int start = shares.base + step * STEP_KEYS;
            typename Entry::Raw keys[Slot::LOADS];
            typename Entry::Raw values[Slot::LOADS];
            // a step lies within one page, unless the pages are smaller than a step
            const uint64_t stepPage = Entry::SCATTERED ? 0 : __ldg(list + kv::pageOf(shape, start));
            const auto load = [&](typename Entry::Raw& raw, int i, bool has, size_t headOffset, size_t bytes, int dim,
                                  int format) {
                const int at = start + Slot::loadedKey(lane, i);
                Entry::clear(raw);
                if (has && at >= seen.low && at <= seen.high) {
                    const uint64_t page = Entry::SCATTERED ? __ldg(list + kv::pageOf(shape, at)) : stepPage;
                    const auto* entry = reinterpret_cast<const unsigned char*>(page + headOffset) +
                                        kv::slotOf(shape, at) * bytes;
                    Entry::load(raw, entry, lane % LANES, dim, format);
                }
            };
            const auto loadValues = [&]() {
#pragma unroll
                for (int i = 0; i < Slot::LOADS; i++) {
                    load(values[i], i, hasValue, valueHead, valueBytes, shape.valueDim, shape.valueFormat);
                }
            };
#pragma unroll
            for (int i = 0; i < Slot::LOADS; i++) {
                load(keys[i], i, hasKey, keyHead, keyBytes, shape.keyDim, shape.keyFormat);
            }
            if constexpr (EARLY_VALUES) {
                loadValues();
            }
            const int at = start + Slot::key(lane);
            const float product = state.score(keys, lane);
            const bool counts = at >= seen.low && at <= seen.high;
            if constexpr (!EARLY_VALUES) {
                loadValues();
            }
            const float weight = state.weigh(counts ? exponent(product, spec) : negativeInfinity());
#pragma unroll
            for (int i = 0; i < Slot::LOADS; i++) {
                state.add(values[i], i, weight, lane);
            }
        }
    }
    state.finish();
    if (lane < LANES) {
#pragma unroll
        for (int h = 0; h < WARP_HEADS; h++) {
#pragma unroll
            for (int e = 0; e < ELEMENTS; e++) {
                warpSums[warp][h][State::dimOf(lane, e)] = state.sums[h][e];
            }
        }
    }
    if (lane < WARP_HEADS) {
        warpStates[warp][lane] = make_float2(state.maximum, state.weights);
    }
    if (!round.first && threadIdx.x < blockHeads) {
        before[threadIdx.x] = round.states[head + threadIdx.x];
    }
    __syncthreads();

    const int units = ceilDiv(shape.valueDim, 4);
    const int pitch = min(BLOCK_HEADS, group);
    const size_t block = static_cast<size_t>(blockIdx.y) * gridDim.x + split;
    for (int i = threadIdx.x; i < blockHeads * units; i += 32 * WARPS) {
        const int h = i / units;
        const int unit = i - h * units;
        float maximum = negativeInfinity();
        for (int s = 0; s < streams; s++) {
            maximum = fmaxf(maximum, warpStates[s * chunks + h / WARP_HEADS][h % WARP_HEADS].x);
        }
        const float base = subtractable(maximum);
        float weights = 0;
        float4 sum = make_float4(0, 0, 0, 0);
        for (int s = 0; s < streams; s++) {
            const int from = s * chunks + h / WARP_HEADS;
            const float2 part = warpStates[from][h % WARP_HEADS];
            const float factor = exp2Fast(part.x - base);
            weights = fmaf(factor, part.y, weights);
            addScaled(sum, factor, *reinterpret_cast<const float4*>(&warpSums[from][h % WARP_HEADS][4 * unit]));
        }
        if (shares.active == 1) {
            handOn(round, head + h, unit, shape.valueDim, sum, make_float2(maximum, weights), before[h], out);
        } else {
            partials.sums[block * pitch * units + i] = sum;
            if (unit == 0) {
                partials.states[block * pitch + h] = make_float2(maximum, weights);
            }
        }
    }
    if (shares.active == 1) {
        return;
    }
    __threadfence();
    __syncthreads();
    if (threadIdx.x == 0) {
        last = atomicAdd(partials.counters + blockIdx.y, 1) == static_cast<unsigned>(shares.active) - 1;
    }
    __syncthreads();
    if (last) {
        __threadfence();
        combine(partials, shares.active, blockHeads, pitch, shape.valueDim, round, head, before, out);
        if (threadIdx.x == 0) {
            partials.counters[blockIdx.y] = 0;
        }
    }
}

}  // namespace

// queries [rows, heads * keyDim], out [rows, heads * valueDim]. Grid (splits, rows * kvHeads * passes), 128 threads.
// attention_decode_<format>_<largest dim>: both formats alike, dims that are multiples of 8, pages of 8 tokens or more.
// attention_decode_any: everything else up to 256 elements.

#define PINYON_DECODE(name, blocks, lanes, entry)                                                    \
    extern "C" __global__ void __launch_bounds__(32 * WARPS, blocks)                                 \
    name(const float* queries, kv::Table table, kv::Shape shape, Spec spec, Partials partials,       \
         int passes, float* out, Round round) {                                                      \
        decode<lanes, entry>(queries, table, shape, spec, partials, passes, out, round);             \
    }

PINYON_DECODE(attention_decode_f16_64, 3, 8, Halves<false>)
PINYON_DECODE(attention_decode_f16_128, 3, 16, Halves<false>)
PINYON_DECODE(attention_decode_f16_256, 3, 32, Halves<false>)
PINYON_DECODE(attention_decode_bf16_64, 3, 8, Halves<true>)
PINYON_DECODE(attention_decode_bf16_128, 3, 16, Halves<true>)
PINYON_DECODE(attention_decode_bf16_256, 3, 32, Halves<true>)
PINYON_DECODE(attention_decode_f32_64, 3, 8, Singles)
PINYON_DECODE(attention_decode_f32_128, 3, 16, Singles)
PINYON_DECODE(attention_decode_f32_256, 2, 32, Singles)
PINYON_DECODE(attention_decode_any, 2, 32, Scattered)
