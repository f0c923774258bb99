#!/usr/bin/env python3
# SPDX-License-Identifier: Apache-2.0
"""Writes blocks_codebooks.cuh from the codebooks of io.pinyon.format: one 16-bit word of packed codes for each entry.

    python3 kernels-cuda/common/generate_codebooks.py > kernels-cuda/common/blocks_codebooks.cuh
"""
import pathlib
import textwrap

SOURCE = pathlib.Path(__file__).parents[2] / "src/runtime/src/main/resources/io/pinyon/format/codebooks.txt"

print("""/* SPDX-License-Identifier: Apache-2.0 */
// Written by generate_codebooks.py from codebooks.txt of io.pinyon.format; do not edit. First coordinate lowest.
#pragma once

#include <cstdint>

#if defined(__CUDACC__) && !defined(PINYON_HOST_ONLY)
#define PINYON_TABLE static __device__ const
#else
#define PINYON_TABLE static const
#endif

namespace pinyon {
""")
for section in SOURCE.read_text().split("\n@")[1:]:
    head, body = section.split("\n", 1)
    name, entries, length, bits = head.split()[:4]
    packed = bytes.fromhex(body.replace("\n", ""))
    assert int(length) * int(bits) == 16 and len(packed) == 2 * int(entries)
    words = [f"0x{packed[i] | packed[i + 1] << 8:04x}" for i in range(0, len(packed), 2)]
    print(f"PINYON_TABLE uint16_t CODEBOOK_{name.upper()}[{entries}] = {{")
    print(textwrap.fill(", ".join(words), 120, initial_indent="    ", subsequent_indent="    ") + "};\n")
print("}  // namespace pinyon")
