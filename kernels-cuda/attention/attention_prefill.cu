/* SPDX-License-Identifier: Apache-2.0 */
// Attention of many rows in float32, for any format and dimension: tiles of queries against blocks of keys with an
// online softmax (FlashAttention), on the ordinary arithmetic units. Keys and values pass through one buffer of shared
// memory.
#include "round.cuh"

namespace {

using namespace pinyon::attention;
namespace kv = pinyon::kv;

constexpr int SIDE = 16;
constexpr int THREADS = SIDE * SIDE;
constexpr int TILE_ROWS = 64;
/// Floats between rows of shared memory beyond their length, so that rows start in different banks.
constexpr int PAD = 4;

__device__ __forceinline__ float4 loadFour(const unsigned char* entry, int index, int dim, int format) {
    if (dim % 4 == 0) {
        return kv::elements4(entry, index, format);
    }
    float x[4];
#pragma unroll
    for (int i = 0; i < 4; i++) {
        x[i] = index + i < dim ? kv::element(entry, index + i, format) : 0.f;
    }
    return make_float4(x[0], x[1], x[2], x[3]);
}

__device__ __forceinline__ float part(const float4& x, int i) {
    return i == 0 ? x.x : i == 1 ? x.y : i == 2 ? x.z : x.w;
}

/// Threads (ty, tx) of 16 by 16 hold ROWS rows by KEYS scores, and ROWS rows by DIM / 16 sums.
template <int DIM, int TILE, int BLOCK>
struct Tile {
    static constexpr int ROWS = TILE / SIDE;
    static constexpr int KEYS = BLOCK / SIDE;
    static constexpr int QUADS = DIM / (4 * SIDE);
    static constexpr int STRIDE = DIM + PAD;
    static constexpr int WEIGHT_STRIDE = BLOCK + PAD;

    float* queries;
    float* entries;
    float* weights;
    float sums[ROWS][QUADS][4];
    float maximum[ROWS];
    float total[ROWS];

    __device__ __forceinline__ explicit Tile(float* shared)
        : queries(shared), entries(shared + TILE * STRIDE), weights(shared + (TILE + BLOCK) * STRIDE) {
#pragma unroll
        for (int r = 0; r < ROWS; r++) {
            maximum[r] = negativeInfinity();
            total[r] = 0;
#pragma unroll
            for (int c = 0; c < QUADS; c++) {
#pragma unroll
                for (int i = 0; i < 4; i++) {
                    sums[r][c][i] = 0;
                }
            }
        }
    }

    __device__ __forceinline__ void loadQueries(const float* source, size_t rowStride, int rows, int dim) {
        for (int i = threadIdx.x; i < TILE * (DIM / 4); i += THREADS) {
            const int row = i / (DIM / 4);
            const int d = i % (DIM / 4) * 4;
            float4 x = make_float4(0, 0, 0, 0);
            if (row < rows && d < dim) {
                x = loadFour(reinterpret_cast<const unsigned char*>(source + row * rowStride), d, dim, kv::F32);
            }
            *reinterpret_cast<float4*>(queries + row * STRIDE + d) = x;
        }
    }

    /// Keys or values at positions start to start + BLOCK; those that are not read become zero.
    __device__ __forceinline__ void loadEntries(const uint64_t* list, const kv::Shape& shape, size_t headOffset,
                                                int dim, int format, int start, const Keys& keys) {
        const size_t bytes = static_cast<size_t>(dim) * kv::elementBytes(format);
#pragma unroll 2
        for (int i = threadIdx.x; i < BLOCK * (DIM / 4); i += THREADS) {
            const int key = i / (DIM / 4);
            const int d = i % (DIM / 4) * 4;
            const int at = start + key;
            float4 x = make_float4(0, 0, 0, 0);
            if (at >= keys.low && at <= keys.high && d < dim) {
                const uint64_t page = __ldg(list + kv::pageOf(shape, at));
                const auto* entry = reinterpret_cast<const unsigned char*>(page + headOffset);
                x = loadFour(entry + kv::slotOf(shape, at) * bytes, d, dim, format);
            }
            *reinterpret_cast<float4*>(entries + key * STRIDE + d) = x;
        }
    }

    /// Products of the thread's rows and keys.
    __device__ __forceinline__ void multiply(float (&scores)[ROWS][KEYS], int dim) const {
        const float* q = queries + threadIdx.x / SIDE * ROWS * STRIDE;
        const float* k = entries + threadIdx.x % SIDE * STRIDE;
#pragma unroll
        for (int r = 0; r < ROWS; r++) {
#pragma unroll
            for (int j = 0; j < KEYS; j++) {
                scores[r][j] = 0;
            }
        }
#pragma unroll 1
        for (int d = 0; d < dim; d += 4) {
            float4 a[ROWS];
            float4 b[KEYS];
#pragma unroll
            for (int r = 0; r < ROWS; r++) {
                a[r] = *reinterpret_cast<const float4*>(q + r * STRIDE + d);
            }
#pragma unroll
            for (int j = 0; j < KEYS; j++) {
                b[j] = *reinterpret_cast<const float4*>(k + j * SIDE * STRIDE + d);
            }
#pragma unroll
            for (int r = 0; r < ROWS; r++) {
#pragma unroll
                for (int j = 0; j < KEYS; j++) {
#pragma unroll
                    for (int i = 0; i < 4; i++) {
                        scores[r][j] = fmaf(part(a[r], i), part(b[j], i), scores[r][j]);
                    }
                }
            }
        }
    }

    /// Softmax so far; the weights go to shared memory.
    __device__ __forceinline__ void weigh(const float (&scores)[ROWS][KEYS], int firstPosition, int start,
                                          const Keys& keys, const Spec& spec) {
        const int tx = threadIdx.x % SIDE;
        const int firstRow = threadIdx.x / SIDE * ROWS;
#pragma unroll
        for (int r = 0; r < ROWS; r++) {
            const int position = firstPosition + firstRow + r;
            const int low = max(kv::firstVisible(position, spec.window), keys.low);
            const int high = min(position, keys.high);
            float exponents[KEYS];
            float higher = maximum[r];
#pragma unroll
            for (int j = 0; j < KEYS; j++) {
                const int at = start + tx + j * SIDE;
                exponents[j] = at >= low && at <= high ? exponent(scores[r][j], spec) : negativeInfinity();
                higher = fmaxf(higher, exponents[j]);
            }
#pragma unroll
            for (int distance = SIDE / 2; distance > 0; distance /= 2) {
                higher = fmaxf(higher, __shfl_xor_sync(0xffffffffu, higher, distance));
            }
            const float base = subtractable(higher);
            const float shrink = exp2Fast(maximum[r] - base);
            maximum[r] = higher;
            total[r] *= shrink;
#pragma unroll
            for (int j = 0; j < KEYS; j++) {
                const float weight = exp2Fast(exponents[j] - base);
                total[r] += weight;
                weights[(firstRow + r) * WEIGHT_STRIDE + tx + j * SIDE] = weight;
            }
#pragma unroll
            for (int c = 0; c < QUADS; c++) {
#pragma unroll
                for (int i = 0; i < 4; i++) {
                    sums[r][c][i] *= shrink;
                }
            }
        }
    }

    /// Adds the weighted values.
    __device__ __forceinline__ void add() {
        const float* w = weights + threadIdx.x / SIDE * ROWS * WEIGHT_STRIDE;
        const float* v = entries + threadIdx.x % SIDE * 4;
#pragma unroll 1
        for (int key = 0; key < BLOCK; key += 4) {
            float4 a[ROWS];
#pragma unroll
            for (int r = 0; r < ROWS; r++) {
                a[r] = *reinterpret_cast<const float4*>(w + r * WEIGHT_STRIDE + key);
            }
#pragma unroll
            for (int k = 0; k < 4; k++) {
#pragma unroll
                for (int c = 0; c < QUADS; c++) {
                    const float4 b = *reinterpret_cast<const float4*>(v + (key + k) * STRIDE + c * 4 * SIDE);
#pragma unroll
                    for (int r = 0; r < ROWS; r++) {
#pragma unroll
                        for (int i = 0; i < 4; i++) {
                            sums[r][c][i] = fmaf(part(a[r], k), part(b, i), sums[r][c][i]);
                        }
                    }
                }
            }
        }
    }

    /// The sum of the weights of a row, over the lanes that share it.
    __device__ __forceinline__ float totalOfRow(int r) const {
        float all = total[r];
#pragma unroll
        for (int distance = SIDE / 2; distance > 0; distance /= 2) {
            all += __shfl_xor_sync(0xffffffffu, all, distance);
        }
        return all;
    }

    __device__ __forceinline__ void store(float* out, size_t rowStride, int rows, int dim) const {
        const int tx = threadIdx.x % SIDE;
#pragma unroll
        for (int r = 0; r < ROWS; r++) {
            const float all = totalOfRow(r);
            const int row = threadIdx.x / SIDE * ROWS + r;
            if (row < rows) {
#pragma unroll
                for (int c = 0; c < QUADS; c++) {
#pragma unroll
                    for (int i = 0; i < 4; i++) {
                        const int d = (c * SIDE + tx) * 4 + i;
                        if (d < dim) {
                            out[row * rowStride + d] = normalised(sums[r][c][i], all);
                        }
                    }
                }
            }
        }
    }

    /// As store, where there is a running state or is to be one.
    /// @param first index of the tile's first row's head among the heads of all rows
    __device__ __forceinline__ void carry(const Round& round, size_t first, int heads, float* out, int rows,
                                          int dim) const {
        const int tx = threadIdx.x % SIDE;
#pragma unroll
        for (int r = 0; r < ROWS; r++) {
            const int row = threadIdx.x / SIDE * ROWS + r;
            const size_t head = first + static_cast<size_t>(row) * heads;
            const bool there = row < rows;
            const float2 before = !round.first && there ? round.states[head] : emptyState();
            const Merge merge = merged(before, make_float2(maximum[r], totalOfRow(r)));
            // the lanes of a row have all read its state
            __syncwarp();
            if (there) {
#pragma unroll
                for (int c = 0; c < QUADS; c++) {
#pragma unroll
                    for (int i = 0; i < 4; i++) {
                        const int d = (c * SIDE + tx) * 4 + i;
                        if (d < dim) {
                            float sum = merge.own * sums[r][c][i];
                            if (!round.first) {
                                sum = fmaf(merge.before, round.sums[head * dim + d], sum);
                            }
                            if (round.last) {
                                out[head * dim + d] = normalised(sum, merge.state.y);
                            } else {
                                round.sums[head * dim + d] = sum;
                            }
                        }
                    }
                }
                if (!round.last && tx == 0) {
                    round.states[head] = merge.state;
                }
            }
        }
    }
};

/// Block x does TILE rows of one tile and one query head, the heads of a tile being neighbours.
template <int DIM, int TILE, int BLOCK>
__device__ __forceinline__ void attend(const float* queries, const kv::Table& table, const kv::Shape& shape,
                                       const Spec& spec, float* out, const Round& round) {
    extern __shared__ __align__(16) float memory[];
    constexpr int PARTS = TILE_ROWS / TILE;
    const int head = blockIdx.x % spec.heads;
    const int index = blockIdx.x / spec.heads;
    const int4 tile = __ldg(table.tiles + index / PARTS);
    const int skipped = index % PARTS * TILE;
    const int rows = min(TILE, tile.z - skipped);
    if (rows <= 0) {
        return;
    }
    const int firstPosition = tile.w + skipped;
    const Keys keys = keysOf(round, tile.x, kv::firstVisible(firstPosition, spec.window), firstPosition + rows - 1);
    const int kvHead = head / (spec.heads / shape.kvHeads);
    const uint64_t* list = reinterpret_cast<const uint64_t*>(__ldg(table.pageLists + tile.x));
    const size_t row = static_cast<size_t>(tile.y) + skipped;

    Tile<DIM, TILE, BLOCK> work(memory);
    work.loadQueries(queries + (row * spec.heads + head) * shape.keyDim, static_cast<size_t>(spec.heads) * shape.keyDim,
                     rows, shape.keyDim);
    for (int start = keys.low / BLOCK * BLOCK; start <= keys.high; start += BLOCK) {
        float scores[TILE / SIDE][BLOCK / SIDE];
        work.loadEntries(list, shape, kv::keyOffset(shape, kvHead, 0), shape.keyDim, shape.keyFormat, start, keys);
        __syncthreads();
        work.multiply(scores, shape.keyDim);
        work.weigh(scores, firstPosition, start, keys, spec);
        __syncthreads();
        work.loadEntries(list, shape, kv::valueOffset(shape, kvHead, 0), shape.valueDim, shape.valueFormat, start,
                         keys);
        __syncthreads();
        work.add();
        __syncthreads();
    }
    const size_t first = row * spec.heads + head;
    if (round.first && round.last) {
        work.store(out + first * shape.valueDim, static_cast<size_t>(spec.heads) * shape.valueDim, rows,
                   shape.valueDim);
    } else {
        work.carry(round, first, spec.heads, out, rows, shape.valueDim);
    }
}

}  // namespace

// queries [rows, heads * keyDim], out [rows, heads * valueDim]. 256 threads; the name says the largest dimension.
// Shared memory: ((TILE + BLOCK) * (DIM + 4) + TILE * (BLOCK + 4)) floats.

// grid tiles * heads
extern "C" __global__ void __launch_bounds__(THREADS, 2)
attention_prefill_64(const float* queries, kv::Table table, kv::Shape shape, Spec spec, float* out,
                     Round round) {
    attend<64, 64, 64>(queries, table, shape, spec, out, round);
}

// grid tiles * heads
extern "C" __global__ void __launch_bounds__(THREADS, 2)
attention_prefill_128(const float* queries, kv::Table table, kv::Shape shape, Spec spec, float* out,
                     Round round) {
    attend<128, 64, 64>(queries, table, shape, spec, out, round);
}

// grid 2 * tiles * heads: half a tile to a block, for the shared memory of smaller GPUs
extern "C" __global__ void __launch_bounds__(THREADS, 2)
attention_prefill_256(const float* queries, kv::Table table, kv::Shape shape, Spec spec, float* out,
                     Round round) {
    attend<256, 32, 32>(queries, table, shape, spec, out, round);
}
