/* SPDX-License-Identifier: Apache-2.0 */
// Blocks as they lie in a file, taken apart into planes (see WeightPlanes): a copy, byte for byte.
#include <cstddef>
#include <cstdint>

namespace pinyon {

constexpr int BLOCKS_AT_A_TIME = 64;

// A plane: bytes offset .. offset + bytes of every block.
struct Field {
  int offset, bytes;
};

// Copies `blocks` blocks, which are those from firstBlock on of a matrix of `total`. T divides all offsets and sizes.
template <class T> __device__ __forceinline__ void arrange(const T* raw, size_t firstBlock, int blocks, T* target,
                                                           size_t total, int blockBytes, const Field (&fields)[5]) {
  const int units = blockBytes / static_cast<int>(sizeof(T));
  const int begin = blockIdx.x * BLOCKS_AT_A_TIME, count = min(BLOCKS_AT_A_TIME, blocks - begin);
  for (int i = threadIdx.x; i < count * units; i += blockDim.x) {
    const int block = begin + i / units, unit = i % units, byte = unit * static_cast<int>(sizeof(T));
    size_t plane = 0;
#pragma unroll
    for (int f = 0; f < 5; ++f) {
      const int inside = byte - fields[f].offset;
      if (inside >= 0 && inside < fields[f].bytes)
        target[(plane + (firstBlock + block) * fields[f].bytes + inside) / sizeof(T)] =
            raw[static_cast<size_t>(block) * units + unit];
      plane += total * fields[f].bytes;
    }
  }
}

}  // namespace pinyon

// Unused fields have no bytes.
#define PINYON_ARRANGE(name, T)                                                                                        \
  extern "C" __global__ void __launch_bounds__(256)                                                                    \
      name(const T* raw, size_t firstBlock, int blocks, T* target, size_t total, int blockBytes, int offset0,          \
           int bytes0, int offset1, int bytes1, int offset2, int bytes2, int offset3, int bytes3, int offset4,         \
           int bytes4) {                                                                                               \
    const pinyon::Field fields[5] = {                                                                                  \
        {offset0, bytes0}, {offset1, bytes1}, {offset2, bytes2}, {offset3, bytes3}, {offset4, bytes4}};                \
    pinyon::arrange<T>(raw, firstBlock, blocks, target, total, blockBytes, fields);                                    \
  }
PINYON_ARRANGE(arrange_1, uint8_t)
PINYON_ARRANGE(arrange_2, uint16_t)
