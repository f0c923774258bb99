/* SPDX-License-Identifier: Apache-2.0 */
// Attention of many rows on tensor cores (FlashAttention-2): four warps of 16 rows each against blocks of keys that
// cp.async brings into two stages of shared memory. Factors are rounded to the format of the pages, sums are float32.
#include "fragments.cuh"
#include "round.cuh"

namespace {

using namespace pinyon::attention;
namespace kv = pinyon::kv;

constexpr int WARPS = 4;
constexpr int THREADS = 32 * WARPS;
constexpr int WARP_ROWS = 16;
constexpr float LOG2E = 1.4426950408889634f;

__device__ __forceinline__ float overRow(float x) {
    x = fmaxf(x, __shfl_xor_sync(0xffffffffu, x, 1));
    return fmaxf(x, __shfl_xor_sync(0xffffffffu, x, 2));
}

/// tanh to about 2^-22 of 1, which is far below the rounding of the factors.
__device__ __forceinline__ float tanhFast(float x) { return 1.f - __fdividef(2.f, exp2Fast(2.f * LOG2E * x) + 1.f); }

/// A step of the cache: where the rows of a tile find their keys.
struct Source {
    const uint64_t* list;
    size_t keyHead;
    size_t valueHead;
    int entryBytes;
    Keys keys;
};

/// @tparam DIM dimension that heads are filled up to with zeros
/// @tparam BLOCK keys of a stage
/// @tparam ROUNDS whether a round may take some of the keys and leave a state; what that needs would slow down the rest
template <bool BF16, int DIM, int BLOCK, bool ROUNDS>
struct Warp {
    static constexpr int ROW_BYTES = 2 * DIM;
    static constexpr int CHUNKS = DIM / 8;
    static constexpr uint32_t TILE_BYTES = BLOCK * ROW_BYTES;
    static constexpr uint32_t STAGE_BYTES = 2 * TILE_BYTES;
    /// binary16 weights as multiples of 2^-14, so that those far below the largest do not vanish.
    static constexpr float SHIFT = BF16 ? 0.f : 14.f;

    /// Large heads leave no registers for the queries; each lane keeps its own in shared memory.
    static constexpr bool PARKED = DIM == 256;

    uint32_t q[PARKED ? 1 : DIM / 16][4];
    uint4* parked;
    float sums[DIM / 8][4];
    float maximum[2];
    float total[2];

    /// @param park where the queries of the block may lie
    __device__ __forceinline__ void start(const float* queries, size_t rowStride, int rows, int dim, int lane,
                                          uint4* park) {
        parked = park + threadIdx.x / 32 * (DIM / 16 * 32) + lane;
#pragma unroll
        for (int k = 0; k < DIM / 16; k++) {
            uint32_t(&a)[4] = q[PARKED ? 0 : k];
#pragma unroll
            for (int i = 0; i < 4; i++) {
                const int row = fragmentRow(lane, i % 2);
                const int d = 16 * k + 8 * (i / 2) + fragmentColumn(lane);
                float2 pair = make_float2(0, 0);
                if (row < rows && d < dim) {
                    pair = __ldg(reinterpret_cast<const float2*>(queries + row * rowStride + d));
                }
                a[i] = Pairs<BF16>::pack(pair.x, pair.y);
            }
            if constexpr (PARKED) {
                parked[32 * k] = make_uint4(a[0], a[1], a[2], a[3]);
            }
        }
#pragma unroll
        for (int n = 0; n < DIM / 8; n++) {
#pragma unroll
            for (int i = 0; i < 4; i++) {
                sums[n][i] = 0;
            }
        }
#pragma unroll
        for (int half = 0; half < 2; half++) {
            maximum[half] = negativeInfinity();
            total[half] = 0;
        }
    }

    /// All threads together: keys and behind them values at positions start to start + BLOCK.
    static __device__ __forceinline__ void fetch(uint32_t stage, const Source& source, const kv::Shape& shape,
                                                 int start) {
        const int chunk = threadIdx.x % CHUNKS;
        const bool within = 8 * chunk < shape.keyDim;
#pragma unroll (PARKED ? 4 : BLOCK * CHUNKS / THREADS)
        for (int i = 0; i < BLOCK * CHUNKS / THREADS; i++) {
            const int row = threadIdx.x / CHUNKS + i * (THREADS / CHUNKS);
            const int at = start + row;
            const bool present = within && at >= source.keys.low && at <= source.keys.high;
            const int readable = present ? at : source.keys.low;
            const auto* page =
                reinterpret_cast<const unsigned char*>(__ldg(source.list + kv::pageOf(shape, readable)));
            const size_t offset = static_cast<size_t>(kv::slotOf(shape, readable)) * source.entryBytes +
                                  (present ? 16 * chunk : 0);
            const uint32_t target = stage + chunkAt<ROW_BYTES>(row, chunk);
            copyChunk(target, page + source.keyHead + offset, present);
            copyChunk(target + TILE_BYTES, page + source.valueHead + offset, present);
        }
        commitCopies();
    }

    __device__ __forceinline__ void multiply(float (&scores)[BLOCK / 8][4], uint32_t keys, int lane) const {
#pragma unroll
        for (int n = 0; n < BLOCK / 8; n++) {
#pragma unroll
            for (int i = 0; i < 4; i++) {
                scores[n][i] = 0;
            }
        }
#pragma unroll
        for (int k = 0; k < DIM / 16; k++) {
            uint32_t a[4];
            if constexpr (PARKED) {
                const uint4 own = parked[32 * k];
                a[0] = own.x;
                a[1] = own.y;
                a[2] = own.z;
                a[3] = own.w;
            } else {
#pragma unroll
                for (int i = 0; i < 4; i++) {
                    a[i] = q[k][i];
                }
            }
#pragma unroll
            for (int n = 0; n < BLOCK / 16; n++) {
                uint32_t b[4];
                const MatrixRow at = keyRow(lane, n, k);
                loadMatrices(b, keys + chunkAt<ROW_BYTES>(at.row, at.chunk));
                Pairs<BF16>::multiply(scores[2 * n], a, b[0], b[1]);
                Pairs<BF16>::multiply(scores[2 * n + 1], a, b[2], b[3]);
            }
        }
    }

    /// What turns scores, as weigh leaves them before their maximum is taken, into exponents of 2.
    static __device__ __forceinline__ float exponentFactor(const Spec& spec) {
        return spec.cap > 0 ? 1.f : spec.factor;
    }

    /// Scores to weights. Positions are those of the warp's first row and of the first key.
    __device__ __forceinline__ void weigh(float (&scores)[BLOCK / 8][4], int position, int start, const Keys& keys,
                                          const Spec& spec, int lane) {
        if (spec.cap > 0) {
#pragma unroll
            for (int n = 0; n < BLOCK / 8; n++) {
#pragma unroll
                for (int i = 0; i < 4; i++) {
                    scores[n][i] = spec.cap * tanhFast(scores[n][i] * spec.factor);
                }
            }
        }
        const bool windowed = spec.window > 0 && start <= position + WARP_ROWS - 1 - spec.window;
        const bool cut = ROUNDS && (start < keys.low || start + BLOCK - 1 > keys.high);
        if (windowed || cut || start + BLOCK - 1 > position) {
#pragma unroll
            for (int n = 0; n < BLOCK / 8; n++) {
#pragma unroll
                for (int i = 0; i < 4; i++) {
                    const int at = start + 8 * n + fragmentColumn(lane) + i % 2;
                    const int row = position + fragmentRow(lane, i / 2);
                    const bool outside = ROUNDS && (at < keys.low || at > keys.high);
                    if (outside || at > row || at < kv::firstVisible(row, spec.window)) {
                        scores[n][i] = negativeInfinity();
                    }
                }
            }
        }
        const float factor = exponentFactor(spec);
#pragma unroll
        for (int half = 0; half < 2; half++) {
            float higher = maximum[half];
#pragma unroll
            for (int n = 0; n < BLOCK / 8; n++) {
                higher = fmaxf(higher, fmaxf(scores[n][2 * half], scores[n][2 * half + 1]));
            }
            higher = overRow(higher);
            const float base = subtractable(higher);
            const float shrink = exp2Fast((maximum[half] - base) * factor);
            maximum[half] = higher;
            const float offset = weightOffset(base, factor, SHIFT);
            float sum = 0;
#pragma unroll
            for (int n = 0; n < BLOCK / 8; n++) {
#pragma unroll
                for (int i = 2 * half; i < 2 * half + 2; i++) {
                    scores[n][i] = exp2Fast(fmaf(scores[n][i], factor, offset));
                    sum += scores[n][i];
                }
            }
            total[half] = fmaf(total[half], shrink, sum);
            // most blocks of a long cache bring no new maximum; large heads have no registers for the question
            if (PARKED || __any_sync(0xffffffffu, shrink != 1.f)) {
#pragma unroll
                for (int n = 0; n < DIM / 8; n++) {
                    sums[n][2 * half] *= shrink;
                    sums[n][2 * half + 1] *= shrink;
                }
            }
        }
    }

    /// Accumulators of 16 keys are, pair by pair, a left factor.
    __device__ __forceinline__ void add(const float (&weights)[BLOCK / 8][4], uint32_t values, int lane) {
#pragma unroll
        for (int k = 0; k < BLOCK / 16; k++) {
            const uint32_t a[4] = {Pairs<BF16>::pack(weights[2 * k][0], weights[2 * k][1]),
                                   Pairs<BF16>::pack(weights[2 * k][2], weights[2 * k][3]),
                                   Pairs<BF16>::pack(weights[2 * k + 1][0], weights[2 * k + 1][1]),
                                   Pairs<BF16>::pack(weights[2 * k + 1][2], weights[2 * k + 1][3])};
#pragma unroll
            for (int n = 0; n < DIM / 16; n++) {
                uint32_t b[4];
                const MatrixRow at = valueRow(lane, n, k);
                loadMatricesTransposed(b, values + chunkAt<ROW_BYTES>(at.row, at.chunk));
                Pairs<BF16>::multiply(sums[2 * n], a, b[0], b[1]);
                Pairs<BF16>::multiply(sums[2 * n + 1], a, b[2], b[3]);
            }
        }
    }

    /// The sum of the weights of a row, over the lanes that share it.
    __device__ __forceinline__ float totalOfRow(int half) const {
        float all = total[half];
        all += __shfl_xor_sync(0xffffffffu, all, 1);
        all += __shfl_xor_sync(0xffffffffu, all, 2);
        return all;
    }

    __device__ __forceinline__ void store(float* out, size_t rowStride, int rows, int dim, int lane) const {
#pragma unroll
        for (int half = 0; half < 2; half++) {
            const float all = totalOfRow(half);
            const int row = fragmentRow(lane, half);
            if (row < rows) {
#pragma unroll
                for (int n = 0; n < DIM / 8; n++) {
                    const int d = 8 * n + fragmentColumn(lane);
                    if (d < dim) {
                        *reinterpret_cast<float2*>(out + row * rowStride + d) = make_float2(
                            normalised(sums[n][2 * half], all), normalised(sums[n][2 * half + 1], all));
                    }
                }
            }
        }
    }

    /// As store, where there is a running state or is to be one.
    /// @param first index of the warp's first row's head among the heads of all rows
    __device__ __forceinline__ void carry(const Round& round, size_t first, const Spec& spec, float* out, int rows,
                                          int dim, int lane) const {
#pragma unroll
        for (int half = 0; half < 2; half++) {
            const int row = fragmentRow(lane, half);
            const size_t head = first + static_cast<size_t>(row) * spec.heads;
            const bool there = row < rows;
            const float2 before = !round.first && there ? round.states[head] : emptyState();
            const Shifted own = unshifted(maximum[half], totalOfRow(half), exponentFactor(spec), SHIFT);
            const Merge merge = merged(before, own.state);
            const float factor = merge.own * own.factor;
            // the lanes of a row have all read its state
            __syncwarp();
            if (there) {
#pragma unroll
                for (int n = 0; n < DIM / 8; n++) {
                    const int d = 8 * n + fragmentColumn(lane);
                    if (d < dim) {
                        float2* carried = reinterpret_cast<float2*>(round.sums + head * dim + d);
                        float2 sum = make_float2(factor * sums[n][2 * half], factor * sums[n][2 * half + 1]);
                        if (!round.first) {
                            const float2 earlier = *carried;
                            sum.x = fmaf(merge.before, earlier.x, sum.x);
                            sum.y = fmaf(merge.before, earlier.y, sum.y);
                        }
                        if (round.last) {
                            *reinterpret_cast<float2*>(out + head * dim + d) =
                                make_float2(normalised(sum.x, merge.state.y), normalised(sum.y, merge.state.y));
                        } else {
                            *carried = sum;
                        }
                    }
                }
                if (!round.last && lane % 4 == 0) {
                    round.states[head] = merge.state;
                }
            }
        }
    }
};

/// Block x does one tile and one query head, the heads of a tile being neighbours.
template <bool BF16, int DIM, int BLOCK, bool ROUNDS>
__device__ __forceinline__ void attend(const float* queries, const kv::Table& table, const kv::Shape& shape,
                                       const Spec& spec, float* out, const Round& round) {
    using Work = Warp<BF16, DIM, BLOCK, ROUNDS>;
    extern __shared__ __align__(128) unsigned char memory[];
    const int head = blockIdx.x % spec.heads;
    const int4 tile = __ldg(table.tiles + blockIdx.x / spec.heads);
    const int kvHead = head / (spec.heads / shape.kvHeads);
    const int lane = threadIdx.x % 32;
    const int warpRow = threadIdx.x / 32 * WARP_ROWS;
    const int rows = tile.z - warpRow;
    const int position = tile.w + warpRow;
    const Source source{reinterpret_cast<const uint64_t*>(__ldg(table.pageLists + tile.x)),
                        kv::keyOffset(shape, kvHead, 0),
                        kv::valueOffset(shape, kvHead, 0),
                        2 * shape.keyDim,
                        ROUNDS ? keysOf(round, tile.x, kv::firstVisible(tile.w, spec.window), tile.w + tile.z - 1)
                               : Keys{kv::firstVisible(tile.w, spec.window), tile.w + tile.z - 1}};
    const uint32_t shared = static_cast<uint32_t>(__cvta_generic_to_shared(memory));
    const size_t rowStride = static_cast<size_t>(spec.heads) * shape.keyDim;
    const size_t first = (static_cast<size_t>(tile.y) + warpRow) * rowStride + static_cast<size_t>(head) * shape.keyDim;

    const int begin = source.keys.low / BLOCK * BLOCK;
    // otherwise a tile has the keys of its own rows
    if (!ROUNDS || begin <= source.keys.high) {
        Work::fetch(shared, source, shape, begin);
    }
    Work work;
    work.start(queries + first, rowStride, rows, shape.keyDim, lane,
               reinterpret_cast<uint4*>(memory + 2 * Work::STAGE_BYTES));
    uint32_t stage = 0;
    for (int start = begin; start <= source.keys.high; start += BLOCK) {
        awaitCopies();
        // what was awaited is there for all, and nobody reads the other stage any more
        __syncthreads();
        if (start + BLOCK <= source.keys.high) {
            Work::fetch(shared + (stage ^ 1) * Work::STAGE_BYTES, source, shape, start + BLOCK);
        }
        const bool seen = start <= position + WARP_ROWS - 1 &&
                          start + BLOCK > kv::firstVisible(position, spec.window);
        if (rows > 0 && seen) {
            const uint32_t keys = shared + stage * Work::STAGE_BYTES;
            float scores[BLOCK / 8][4];
            work.multiply(scores, keys, lane);
            work.weigh(scores, position, start, source.keys, spec, lane);
            work.add(scores, keys + Work::TILE_BYTES, lane);
        }
        stage ^= 1;
    }
    if constexpr (ROUNDS) {
        work.carry(round, (static_cast<size_t>(tile.y) + warpRow) * spec.heads + head, spec, out, rows, shape.keyDim,
                   lane);
    } else {
        work.store(out + first, rowStride, rows, shape.keyDim, lane);
    }
}

}  // namespace

// queries, out [rows, heads * dim]; keys and values in one format, dim a multiple of 8. Grid tiles * heads, 128
// threads. The name says the format and the largest dimension. Dynamic shared memory: 8 * DIM * BLOCK bytes, and
// 32 KiB more for heads of 256. attention_mma_<format>_<dim>_round takes a round; it has the registers that this needs,
// and of large heads half as many keys at a time.

// From sm_100 on the compiler wants a few registers more than a third of a multiprocessor has for each thread.
#if defined(__CUDA_ARCH__) && __CUDA_ARCH__ >= 1000
#define PINYON_RESIDENT 2
#else
#define PINYON_RESIDENT 3
#endif

#define PINYON_ATTENTION_MMA(name, bf16, dim, block, blocks, roundBlock, roundBlocks)                           \
    extern "C" __global__ void __launch_bounds__(THREADS, blocks)                                               \
    name(const float* queries, kv::Table table, kv::Shape shape, Spec spec, float* out) {                       \
        attend<bf16, dim, block, false>(queries, table, shape, spec, out, Round{});                             \
    }                                                                                                           \
    extern "C" __global__ void __launch_bounds__(THREADS, roundBlocks)                                          \
    name##_round(const float* queries, kv::Table table, kv::Shape shape, Spec spec, float* out, Round round) {  \
        attend<bf16, dim, roundBlock, true>(queries, table, shape, spec, out, round);                           \
    }

PINYON_ATTENTION_MMA(attention_mma_f16_64, false, 64, 64, PINYON_RESIDENT, 64, 2)
PINYON_ATTENTION_MMA(attention_mma_f16_128, false, 128, 64, PINYON_RESIDENT, 64, 2)
PINYON_ATTENTION_MMA(attention_mma_f16_256, false, 256, 32, 1, 16, 1)
PINYON_ATTENTION_MMA(attention_mma_bf16_64, true, 64, 64, PINYON_RESIDENT, 64, 2)
PINYON_ATTENTION_MMA(attention_mma_bf16_128, true, 128, 64, PINYON_RESIDENT, 64, 2)
PINYON_ATTENTION_MMA(attention_mma_bf16_256, true, 256, 32, 1, 16, 1)
