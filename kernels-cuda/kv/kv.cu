/* SPDX-License-Identifier: Apache-2.0 */
// Keys and values of a step into their pages, with or without the rotary embedding before.
#include "pages.cuh"

namespace {

using namespace pinyon::kv;

/// Thread (x, y) stores N elements, counted through the keys and then the values of row blockIdx.x.
template <int N>
__device__ __forceinline__ void store(const float* keys, const float* values, const Table& table, const Shape& shape) {
    const int row = blockIdx.x;
    const int span = __ldg(table.rowSpan + row);
    const int keyWidth = shape.kvHeads * shape.keyDim;
    const int valueWidth = shape.kvHeads * shape.valueDim;
    const int at = N * (blockIdx.y * blockDim.x + threadIdx.x);
    if (span < 0 || at >= keyWidth + valueWidth) {
        return;
    }
    const int position = __ldg(table.rowPosition + row);
    unsigned char* target = page(table, shape, span, position);
    const int slot = slotOf(shape, position);
    float x[N];
    if (at < keyWidth) {
        read(keys + static_cast<size_t>(row) * keyWidth + at, x);
        const int head = at / shape.keyDim;
        encode(target + keyOffset(shape, head, slot), at - head * shape.keyDim, shape.keyFormat, x);
    } else {
        const int index = at - keyWidth;
        read(values + static_cast<size_t>(row) * valueWidth + index, x);
        const int head = index / shape.valueDim;
        encode(target + valueOffset(shape, head, slot), index - head * shape.valueDim, shape.valueFormat, x);
    }
}

/// Which elements a turning thread holds: N pairs, as two runs of N consecutive elements.
struct Runs {
    int first;
    int second;
};

template <int N>
__host__ __device__ constexpr Runs runsOf(int item, int pairs, bool neighbours) {
    return neighbours ? Runs{2 * N * item, 2 * N * item + N} : Runs{N * item, N * item + pairs};
}

/// Turns N pairs that lie in two runs.
template <int N>
__device__ __forceinline__ void turn(float (&a)[N], float (&b)[N], const float (&cosine)[N], const float (&sine)[N],
                                     bool neighbours) {
    float joined[2 * N];
#pragma unroll
    for (int i = 0; i < N; i++) {
        joined[i] = a[i];
        joined[N + i] = b[i];
    }
#pragma unroll
    for (int i = 0; i < N; i++) {
        const float x = neighbours ? joined[2 * i] : joined[i];
        const float y = neighbours ? joined[2 * i + 1] : joined[N + i];
        const float turnedX = fmaf(x, cosine[i], -(y * sine[i]));
        const float turnedY = fmaf(x, sine[i], y * cosine[i]);
        if (neighbours) {
            joined[2 * i] = turnedX;
            joined[2 * i + 1] = turnedY;
        } else {
            joined[i] = turnedX;
            joined[N + i] = turnedY;
        }
    }
#pragma unroll
    for (int i = 0; i < N; i++) {
        a[i] = joined[i];
        b[i] = joined[N + i];
    }
}

/// Items of a head that is turned: its pairs by N, then what passes through by N.
template <int N>
__host__ __device__ constexpr int turnedItems(int dim, int ropeDim) {
    return ropeDim / (2 * N) + (dim - ropeDim) / N;
}

/// Thread (x, y) does one item, counted through the query heads, the keys and the values of row blockIdx.x.
template <int N>
__device__ __forceinline__ void ropeStore(float* queries, const float* keys, const float* values, const float* angles,
                                          const Table& table, const Shape& shape, int heads, int ropeDim,
                                          bool neighbours) {
    const int row = blockIdx.x;
    const int dim = shape.keyDim;
    const int perHead = turnedItems<N>(dim, ropeDim);
    const int turning = (heads + shape.kvHeads) * perHead;
    int item = blockIdx.y * blockDim.x + threadIdx.x;
    const int span = __ldg(table.rowSpan + row);
    const int position = span < 0 ? 0 : __ldg(table.rowPosition + row);
    const int slot = slotOf(shape, position);
    if (item >= turning) {
        const int index = N * (item - turning);
        const int width = shape.kvHeads * shape.valueDim;
        if (span < 0 || index >= width) {
            return;
        }
        float x[N];
        read(values + static_cast<size_t>(row) * width + index, x);
        const int head = index / shape.valueDim;
        encode(page(table, shape, span, position) + valueOffset(shape, head, slot), index - head * shape.valueDim,
               shape.valueFormat, x);
        return;
    }
    const int head = item / perHead;
    item -= head * perHead;
    const bool query = head < heads;
    if (!query && span < 0) {
        return;
    }
    const int kvHead = head - heads;
    float* queryHead = queries + (static_cast<size_t>(row) * heads + head) * dim;
    const float* keyHead = keys + (static_cast<size_t>(row) * shape.kvHeads + kvHead) * dim;
    const int pairs = ropeDim / 2;
    if (item < pairs / N) {
        const Runs runs = runsOf<N>(item, pairs, neighbours);
        float cosine[N];
        float sine[N];
        float a[N];
        float b[N];
        const float* turns = angles + static_cast<size_t>(row) * ropeDim + N * item;
        read(turns, cosine);
        read(turns + pairs, sine);
        read((query ? queryHead : keyHead) + runs.first, a);
        read((query ? queryHead : keyHead) + runs.second, b);
        turn(a, b, cosine, sine, neighbours);
        if (query) {
            write(queryHead + runs.first, a);
            write(queryHead + runs.second, b);
        } else {
            unsigned char* entry = page(table, shape, span, position) + keyOffset(shape, kvHead, slot);
            encode(entry, runs.first, shape.keyFormat, a);
            encode(entry, runs.second, shape.keyFormat, b);
        }
    } else if (!query) {
        const int index = ropeDim + N * (item - pairs / N);
        float x[N];
        read(keyHead + index, x);
        encode(page(table, shape, span, position) + keyOffset(shape, kvHead, slot), index, shape.keyFormat, x);
    }
}

}  // namespace

// keys [rows, kvHeads * keyDim], values [rows, kvHeads * valueDim]; grid (rows, elements of a row / N / 256).
// The kernels named _4 take dimensions that are multiples of four.

extern "C" __global__ void __launch_bounds__(256)
kv_store_4(const float* keys, const float* values, Table table, Shape shape) {
    store<4>(keys, values, table, shape);
}

extern "C" __global__ void __launch_bounds__(256)
kv_store_1(const float* keys, const float* values, Table table, Shape shape) {
    store<1>(keys, values, table, shape);
}

// Besides: queries [rows, heads * keyDim], turned in place in every row; angles [rows, ropeDim], cosines before sines.
// The kernel named _4 also wants ropeDim to be a multiple of eight.

extern "C" __global__ void __launch_bounds__(256)
kv_rope_store_4(float* queries, const float* keys, const float* values, const float* angles, Table table, Shape shape,
                int heads, int ropeDim, int neighbours) {
    ropeStore<4>(queries, keys, values, angles, table, shape, heads, ropeDim, neighbours != 0);
}

extern "C" __global__ void __launch_bounds__(256)
kv_rope_store_1(float* queries, const float* keys, const float* values, const float* angles, Table table, Shape shape,
                int heads, int ropeDim, int neighbours) {
    ropeStore<1>(queries, keys, values, angles, table, shape, heads, ropeDim, neighbours != 0);
}
