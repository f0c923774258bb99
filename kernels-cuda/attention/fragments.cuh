/* SPDX-License-Identifier: Apache-2.0 */
// Fragments of mma.sync.m16n8k16, and tiles of shared memory that ldmatrix reads without bank conflicts.
// With lane = 4 g + t, an accumulator holds {row g, columns 2t, 2t+1} and {row g + 8, the same columns}; the left
// factor {g, k 2t..}, {g + 8, k 2t..}, {g, k 2t+8..}, {g + 8, k 2t+8..}; the right factor {k 2t.., column g},
// {k 2t+8.., column g}.
#pragma once

#include <cstdint>

namespace pinyon::attention {

/// Byte of a 16-byte chunk of a row: the chunks of 8 rows that follow each other lie in different banks.
template <int ROW_BYTES>
__host__ __device__ constexpr uint32_t chunkAt(int row, int chunk) {
    if constexpr (ROW_BYTES > 256) {
        // the same, written so that chunks eight apart share a register and differ by the offset of an instruction
        return static_cast<uint32_t>(row * ROW_BYTES + (((chunk ^ row) & 7) << 4) + ((chunk & ~7) << 4));
    }
    return static_cast<uint32_t>(row * ROW_BYTES + ((chunk ^ (row & 7)) << 4));
}

/// Row and chunk of a tile whose address a lane gives to ldmatrix.x4.
struct MatrixRow {
    int row;
    int chunk;
};

/// Keys 16 n.. and dims 16 k.. of a tile [key][dim]: right factors of keys 16 n.. (registers 0, 1) and 16 n + 8..
/// (registers 2, 3).
__host__ __device__ constexpr MatrixRow keyRow(int lane, int n, int k) {
    return MatrixRow{16 * n + (lane >> 4) * 8 + (lane & 7), 2 * k + (lane >> 3 & 1)};
}

/// Keys 16 k.. and dims 16 n.. of a tile [key][dim], transposed: right factors of dims 16 n.. and 16 n + 8...
__host__ __device__ constexpr MatrixRow valueRow(int lane, int n, int k) {
    return MatrixRow{16 * k + (lane >> 3 & 1) * 8 + (lane & 7), 2 * n + (lane >> 4)};
}

/// Row of an accumulator's or left factor's element pair, of 16.
__host__ __device__ constexpr int fragmentRow(int lane, int half) { return lane / 4 + 8 * half; }

/// First column of an accumulator's pair in its tile of 8, or of a left factor's pair in a half of its 16.
__host__ __device__ constexpr int fragmentColumn(int lane) { return 2 * (lane % 4); }

#ifdef __CUDACC__

__device__ __forceinline__ void loadMatrices(uint32_t (&r)[4], uint32_t address) {
    asm volatile("ldmatrix.sync.aligned.m8n8.x4.shared.b16 {%0, %1, %2, %3}, [%4];"
                 : "=r"(r[0]), "=r"(r[1]), "=r"(r[2]), "=r"(r[3])
                 : "r"(address)
                 : "memory");
}

__device__ __forceinline__ void loadMatricesTransposed(uint32_t (&r)[4], uint32_t address) {
    asm volatile("ldmatrix.sync.aligned.m8n8.x4.trans.shared.b16 {%0, %1, %2, %3}, [%4];"
                 : "=r"(r[0]), "=r"(r[1]), "=r"(r[2]), "=r"(r[3])
                 : "r"(address)
                 : "memory");
}

/// Copies 16 bytes to shared memory behind the caller's back, or writes zeros without reading.
__device__ __forceinline__ void copyChunk(uint32_t target, const void* source, bool present) {
    asm volatile("cp.async.cg.shared.global [%0], [%1], 16, %2;" ::"r"(target), "l"(source), "r"(present ? 16 : 0)
                 : "memory");
}

__device__ __forceinline__ void commitCopies() { asm volatile("cp.async.commit_group;" ::: "memory"); }

__device__ __forceinline__ void awaitCopies() { asm volatile("cp.async.wait_group 0;" ::: "memory"); }

/// Arithmetic on pairs of binary16 or bfloat16.
template <bool BF16>
struct Pairs {
    /// The lower half is the first.
    static __device__ __forceinline__ uint32_t pack(float low, float high) {
        uint32_t pair;
        if constexpr (BF16) {
            asm("cvt.rn.bf16x2.f32 %0, %1, %2;" : "=r"(pair) : "f"(high), "f"(low));
        } else {
            asm("cvt.rn.f16x2.f32 %0, %1, %2;" : "=r"(pair) : "f"(high), "f"(low));
        }
        return pair;
    }

    static __device__ __forceinline__ void multiply(float (&d)[4], const uint32_t (&a)[4], uint32_t b0, uint32_t b1) {
        if constexpr (BF16) {
            asm volatile(
                "mma.sync.aligned.m16n8k16.row.col.f32.bf16.bf16.f32 "
                "{%0, %1, %2, %3}, {%4, %5, %6, %7}, {%8, %9}, {%0, %1, %2, %3};"
                : "+f"(d[0]), "+f"(d[1]), "+f"(d[2]), "+f"(d[3])
                : "r"(a[0]), "r"(a[1]), "r"(a[2]), "r"(a[3]), "r"(b0), "r"(b1));
        } else {
            asm volatile(
                "mma.sync.aligned.m16n8k16.row.col.f32.f16.f16.f32 "
                "{%0, %1, %2, %3}, {%4, %5, %6, %7}, {%8, %9}, {%0, %1, %2, %3};"
                : "+f"(d[0]), "+f"(d[1]), "+f"(d[2]), "+f"(d[3])
                : "r"(a[0]), "r"(a[1]), "r"(a[2]), "r"(a[3]), "r"(b0), "r"(b1));
        }
    }
};

#endif

}  // namespace pinyon::attention
