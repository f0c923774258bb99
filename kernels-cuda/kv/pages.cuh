/* SPDX-License-Identifier: Apache-2.0 */
// Where the keys and values of a position lie, and how they are encoded. A page holds the keys
// [kvHeads][pageTokens][keyDim] and behind them the values [kvHeads][pageTokens][valueDim].
#pragma once

#include <cstddef>
#include <cstdint>
#include <cuda_bf16.h>
#include <cuda_fp16.h>

namespace pinyon::kv {

enum Format : int { F32 = 0, F16 = 1, BF16 = 2 };

/// The layout of the pages of a layer, as the host passes it: six integers.
struct Shape {
    int keyFormat;
    int valueFormat;
    int kvHeads;
    int keyDim;
    int valueDim;
    /// Binary logarithm of the tokens of a page.
    int pageShift;
};

/// The tables of a step, as the host passes them: five pointers.
struct Table {
    const int* rowSpan;
    const int* rowPosition;
    const int4* spans;
    const uint64_t* pageLists;
    const int4* tiles;
};

__host__ __device__ constexpr int elementBytes(int format) { return format == F32 ? 4 : 2; }

/// Bytes from the start of a page to the key of a head and slot.
__host__ __device__ constexpr size_t keyOffset(const Shape& shape, int head, int slot) {
    return ((static_cast<size_t>(head) << shape.pageShift) + slot) * shape.keyDim * elementBytes(shape.keyFormat);
}

/// Bytes from the start of a page to the value of a head and slot.
__host__ __device__ constexpr size_t valueOffset(const Shape& shape, int head, int slot) {
    return keyOffset(shape, shape.kvHeads, 0) +
           ((static_cast<size_t>(head) << shape.pageShift) + slot) * shape.valueDim *
               elementBytes(shape.valueFormat);
}

__host__ __device__ constexpr int pageOf(const Shape& shape, int position) { return position >> shape.pageShift; }

__host__ __device__ constexpr int slotOf(const Shape& shape, int position) {
    return position & ((1 << shape.pageShift) - 1);
}

/// First position that a query at a position sees; a window of 0 is none.
__host__ __device__ constexpr int firstVisible(int position, int window) {
    return window > 0 && position >= window ? position - window + 1 : 0;
}

/// binary16, to nearest even; too large becomes infinite; a NaN keeps its sign and upper bits and is made quiet.
__host__ __device__ inline uint16_t toF16(float x) {
    if (x != x) {
        union {
            float real;
            uint32_t bits;
        } nan{x};
        return static_cast<uint16_t>((nan.bits >> 16 & 0x8000) | 0x7e00 | (nan.bits >> 13 & 0x3ff));
    }
    return __half_as_ushort(__float2half_rn(x));
}

/// bfloat16 by the same rules.
__host__ __device__ inline uint16_t toBf16(float x) {
    if (x != x) {
        union {
            float real;
            uint32_t bits;
        } nan{x};
        return static_cast<uint16_t>(nan.bits >> 16 | 0x40);
    }
    return __bfloat16_as_ushort(__float2bfloat16_rn(x));
}

__device__ __forceinline__ float2 f16Pair(uint32_t pair) {
    return __half22float2(*reinterpret_cast<const __half2*>(&pair));
}

__device__ __forceinline__ float2 bf16Pair(uint32_t pair) {
    return make_float2(__uint_as_float(pair << 16), __uint_as_float(pair & 0xffff0000u));
}

/// One element of an entry.
__device__ __forceinline__ float element(const unsigned char* entry, int index, int format) {
    if (format == F32) {
        return __ldg(reinterpret_cast<const float*>(entry) + index);
    }
    const uint32_t bits = __ldg(reinterpret_cast<const unsigned short*>(entry) + index);
    return format == F16 ? __half2float(__ushort_as_half(static_cast<unsigned short>(bits)))
                         : __uint_as_float(bits << 16);
}

/// Four elements of an entry whose length is a multiple of four.
__device__ __forceinline__ float4 elements4(const unsigned char* entry, int index, int format) {
    if (format == F32) {
        return __ldg(reinterpret_cast<const float4*>(entry + 4 * static_cast<size_t>(index)));
    }
    const uint2 raw = __ldg(reinterpret_cast<const uint2*>(entry + 2 * static_cast<size_t>(index)));
    const float2 low = format == F16 ? f16Pair(raw.x) : bf16Pair(raw.x);
    const float2 high = format == F16 ? f16Pair(raw.y) : bf16Pair(raw.y);
    return make_float4(low.x, low.y, high.x, high.y);
}

/// Encodes N consecutive elements; N is 1, or 4 with an index and an entry length that are multiples of four.
template <int N>
__device__ __forceinline__ void encode(unsigned char* entry, int index, int format, const float (&x)[N]) {
    if constexpr (N == 1) {
        if (format == F32) {
            reinterpret_cast<float*>(entry)[index] = x[0];
        } else {
            reinterpret_cast<uint16_t*>(entry)[index] = format == F16 ? toF16(x[0]) : toBf16(x[0]);
        }
    } else {
        static_assert(N == 4, "one or four elements");
        if (format == F32) {
            *reinterpret_cast<float4*>(entry + 4 * static_cast<size_t>(index)) = make_float4(x[0], x[1], x[2], x[3]);
        } else {
            uint32_t h[4];
#pragma unroll
            for (int i = 0; i < 4; i++) {
                h[i] = format == F16 ? toF16(x[i]) : toBf16(x[i]);
            }
            *reinterpret_cast<uint2*>(entry + 2 * static_cast<size_t>(index)) =
                make_uint2(h[0] | h[1] << 16, h[2] | h[3] << 16);
        }
    }
}

template <int N>
__device__ __forceinline__ void read(const float* source, float (&x)[N]) {
    if constexpr (N == 1) {
        x[0] = *source;
    } else {
        const float4 v = *reinterpret_cast<const float4*>(source);
        x[0] = v.x;
        x[1] = v.y;
        x[2] = v.z;
        x[3] = v.w;
    }
}

template <int N>
__device__ __forceinline__ void write(float* target, const float (&x)[N]) {
    if constexpr (N == 1) {
        *target = x[0];
    } else {
        *reinterpret_cast<float4*>(target) = make_float4(x[0], x[1], x[2], x[3]);
    }
}

/// The page of a position of a span.
__device__ __forceinline__ unsigned char* page(const Table& table, const Shape& shape, int span, int position) {
    const uint64_t* list = reinterpret_cast<const uint64_t*>(__ldg(table.pageLists + span));
    return reinterpret_cast<unsigned char*>(__ldg(list + pageOf(shape, position)));
}

}  // namespace pinyon::kv
