/* SPDX-License-Identifier: Apache-2.0 */
// What kernels decode, without a GPU: decode8 bit for bit against blocks of known contents, and the way in which products
// take a matrix apart (gemv_formats) against decode8, on random blocks.
#define PINYON_HOST_ONLY

#include <cmath>
#include <cstdio>
#include <cstring>
#include <fstream>
#include <iterator>
#include <random>
#include <string>
#include <vector>

#include "../gemv_formats.cuh"
#include "../../common/blocks.cuh"
#include "../../common/blocks_iq.cuh"
#include "../../common/blocks_k.cuh"

namespace {

using namespace pinyon;

struct Field {
  int offset, bytes;
};

int failures = 0;

// NAME.blocks.bin and NAME.f32.bin of the tests of the Java decoders.
std::vector<uint8_t> read(const std::string& name) {
  static const std::string here = __FILE__;
  static const std::string folder =
      here.substr(0, here.rfind("kernels-cuda")) + "src/runtime/src/test/resources/golden/gguf-blocks/";
  std::ifstream in(folder + name, std::ios::binary);
  return {std::istreambuf_iterator<char>(in), std::istreambuf_iterator<char>()};
}

std::vector<uint8_t> arranged(const std::vector<uint8_t>& file, size_t blocks, int bytes,
                              const std::vector<Field>& fields) {
  std::vector<uint8_t> planes;
  planes.reserve(file.size());
  for (const Field& field : fields)
    for (size_t b = 0; b < blocks; ++b)
      for (int i = 0; i < field.bytes; ++i) planes.push_back(file[b * bytes + field.offset + i]);
  return planes;
}

void report(const char* name, const char* what, size_t wrong, size_t of) {
  std::printf("%s %-8s %s: %zu of %zu wrong\n", wrong == 0 && of > 0 ? "PASS" : "FAIL", name, what, wrong, of);
  failures += wrong != 0 || of == 0;
}

template <class F> void check_decode(const char* name, const std::vector<uint8_t>& planes, size_t blocks,
                                     const std::vector<uint8_t>& expected) {
  size_t wrong = 0;
  for (size_t b = 0; b < blocks; ++b) {
    for (int g = 0; g < F::ELEMENTS / 8; ++g) {
      float y[8];
      F::decode8(planes.data(), blocks, b, g, y);
      wrong += std::memcmp(y, &expected[(b * F::ELEMENTS + g * 8) * 4], sizeof y) != 0;
    }
  }
  report(name, "groups of 8 decoded", wrong, blocks * F::ELEMENTS / 8);
}

// Sets element after element what a unit's codes, scales and minima make of it, and compares with decode8.
template <class F, class G> void check_units(const char* name, const std::vector<uint8_t>& planes, size_t blocks) {
  std::vector<float> y(blocks * F::ELEMENTS, NAN);
  const Matrix matrix{planes.data(), nullptr, 1, blocks, static_cast<int>(blocks * F::ELEMENTS)};
  for (int unit = 0; unit < static_cast<int>(y.size()) / G::UNIT; ++unit) {
    const auto raw = G::load(matrix, 0, unit);
    for (int w = 0; w < G::WORDS; ++w) {
      float codes[G::GROUPS][4];
      G::codes(raw, w, codes);
      for (int g = 0; g < G::GROUPS; ++g)
        for (int i = 0; i < 4; ++i)
          y[4 * (G::chunk(unit, g) + w) + i] = G::scale(raw, g) * codes[g][i] - G::min(raw, g);
    }
  }
  size_t wrong = 0;
  for (size_t b = 0; b < blocks; ++b) {
    for (int g = 0; g < F::ELEMENTS / 8; ++g) {
      float exact[8];
      F::decode8(planes.data(), blocks, b, g, exact);
      for (int i = 0; i < 8; ++i) {
        const float actual = y[b * F::ELEMENTS + g * 8 + i];
        // random scales may be infinite, and infinity less infinity has no value
        wrong += !(actual == exact[i] || (std::isnan(actual) && std::isnan(exact[i])));
      }
    }
  }
  report(name, "elements of units", wrong, y.size());
}

template <class F> void check_golden(const char* name, const std::vector<Field>& fields) {
  const std::vector<uint8_t> file = read(std::string(name) + ".blocks.bin");
  const size_t blocks = file.size() / F::BYTES;
  check_decode<F>(name, arranged(file, blocks, F::BYTES, fields), blocks, read(std::string(name) + ".f32.bin"));
}

template <class F, class G> void check(const char* name, const std::vector<Field>& fields) {
  check_golden<F>(name, fields);
  constexpr size_t BLOCKS = 200;
  std::mt19937 random(20261124);
  std::vector<uint8_t> file(BLOCKS * F::BYTES);
  for (uint8_t& byte : file) byte = static_cast<uint8_t>(random());
  check_units<F, G>(name, arranged(file, BLOCKS, F::BYTES, fields), BLOCKS);
}

// Plain elements have no blocks: a unit of products is compared with the values directly.
template <class G> void check_plain(const char* name, int bytes) {
  const std::vector<uint8_t> file = read(std::string(name) + ".blocks.bin");
  const std::vector<uint8_t> expected = read(std::string(name) + ".f32.bin");
  const int count = static_cast<int>(file.size()) / bytes;
  const Matrix matrix{file.data(), nullptr, 1, static_cast<size_t>(count), count};
  size_t wrong = 0;
  for (int unit = 0; unit < count / G::UNIT; ++unit) {
    const auto raw = G::load(matrix, 0, unit);
    float codes[G::GROUPS][4];
    G::codes(raw, 0, codes);
    for (int g = 0; g < G::GROUPS; ++g)
      wrong += std::memcmp(codes[g], &expected[16 * G::chunk(unit, g)], sizeof codes[g]) != 0;
  }
  report(name, "groups of 4 in units", wrong, expected.size() / 16);
}

}  // namespace

int main() {
  check_plain<F16Units>("f16", 2);
  check_plain<BF16Units>("bf16", 2);
  check<Q4_0, Q4_0Units>("q4_0", {{2, 16}, {0, 2}});
  check<Q4_1, Q4_1Units>("q4_1", {{4, 16}, {0, 4}});
  check<Q5_0, Q5_0Units>("q5_0", {{6, 16}, {2, 4}, {0, 2}});
  check<Q5_1, Q5_1Units>("q5_1", {{8, 16}, {4, 4}, {0, 4}});
  check<Q8_0, Q8_0Units>("q8_0", {{2, 32}, {0, 2}});
  check<IQ4_NL, IQ4_NLUnits>("iq4_nl", {{2, 16}, {0, 2}});
  check<MXFP4, MXFP4Units>("mxfp4", {{1, 16}, {0, 1}});
  check<Q2_K, Q2_KUnits>("q2_k", {{16, 64}, {0, 16}, {80, 4}});
  check<Q3_K, Q3_KUnits>("q3_k", {{32, 64}, {0, 32}, {96, 12}, {108, 2}});
  check<Q4_K, Q4_KUnits>("q4_k", {{0, 144}});
  check<Q5_K, Q5_KUnits>("q5_k", {{0, 176}});
  check<Q6_K, Q6_KUnits>("q6_k", {{0, 128}, {128, 64}, {192, 16}, {208, 2}});
  check<IQ4_XS, IQ4_XSUnits>("iq4_xs", {{8, 128}, {0, 8}});
  check<IQ2_XXS, DecodedUnits<IQ2_XXS>>("iq2_xxs", {{2, 64}, {0, 2}});
  check<IQ2_XS, DecodedUnits<IQ2_XS>>("iq2_xs", {{2, 64}, {66, 8}, {0, 2}});
  check<IQ2_S, DecodedUnits<IQ2_S>>("iq2_s", {{2, 64}, {66, 16}, {0, 2}});
  check<IQ3_XXS, DecodedUnits<IQ3_XXS>>("iq3_xxs", {{2, 64}, {66, 32}, {0, 2}});
  check<IQ3_S, DecodedUnits<IQ3_S>>("iq3_s", {{2, 64}, {74, 32}, {66, 8}, {106, 4}, {0, 2}});
  check<IQ1_S, DecodedUnits<IQ1_S>>("iq1_s", {{2, 32}, {34, 16}, {0, 2}});
  check<IQ1_M, DecodedUnits<IQ1_M>>("iq1_m", {{0, 56}});
  check<TQ1_0, DecodedUnits<TQ1_0>>("tq1_0", {{0, 54}});
  check<TQ2_0, DecodedUnits<TQ2_0>>("tq2_0", {{0, 64}, {64, 2}});
  std::printf("%s\n", failures == 0 ? "all passed" : "FAILED");
  return failures == 0 ? 0 : 1;
}
