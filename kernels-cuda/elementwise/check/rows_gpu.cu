/* SPDX-License-Identifier: Apache-2.0 */

/** Norms and rotary embedding on a GPU, with and without fusion and alignment, against float64; and their time. */

#include <math.h>

#include <random>

#include "../norm.cu"
#include "../rope.cu"
#include "on_device.cuh"

namespace {
std::mt19937 generator;
int failures = 0;

std::vector<float> normal(size_t count) {
  std::normal_distribution<float> distribution;
  std::vector<float> values(count);
  for (float& value : values) {
    value = distribution(generator);
  }
  return values;
}

void expect(const char* what, int dim, size_t index, float actual, double expected, double bound) {
  if (!(fabs(actual - expected) <= bound) && failures++ < 10) {
    printf("%s, dimension %d, element %zu: %.9g, expected %.12g within %.3g\n", what, dim, index, actual, expected,
           bound);
  }
}

void launch_norm(float* x, const float* y, const float* weight, float* out, int rows, int dim) {
  const bool short_rows = dim <= 512;
  const int blocks = short_rows ? (rows + 3) / 4 : rows;
  const int threads = short_rows ? WARP_ROW_THREADS : BLOCK_ROW_THREADS;
  if (y != nullptr && short_rows) {
    add_rms_norm_warp<<<blocks, threads>>>(x, y, weight, out, rows, dim, 1e-5f);
  } else if (y != nullptr) {
    add_rms_norm_block<<<blocks, threads>>>(x, y, weight, out, dim, 1e-5f);
  } else if (short_rows) {
    rms_norm_warp<<<blocks, threads>>>(x, weight, out, rows, dim, 1e-5f);
  } else {
    rms_norm_block<<<blocks, threads>>>(x, weight, out, dim, 1e-5f);
  }
}

/** The arrays start at an offset, so that wide loads are impossible if it is not a multiple of four. */
void check_norm(int rows, int dim, int offset, bool fused) {
  const size_t count = (size_t)rows * dim;
  const std::vector<float> x = normal(offset + count);
  const std::vector<float> y = normal(offset + count);
  const std::vector<float> weight = normal(offset + dim);
  const OnDevice<float> device_x(x);
  const OnDevice<float> device_y(y);
  const OnDevice<float> device_weight(weight);
  const OnDevice<float> device_out(x);
  launch_norm(device_x.data() + offset, fused ? device_y.data() + offset : nullptr, device_weight.data() + offset,
              fused ? device_out.data() + offset : device_x.data() + offset, rows, dim);
  require(cudaDeviceSynchronize(), "norm");
  const std::vector<float> after = device_x.read();
  const std::vector<float> out = fused ? device_out.read() : after;
  for (int r = 0; r < rows; r++) {
    double squares = 0;
    std::vector<double> values(dim);
    for (int i = 0; i < dim; i++) {
      const size_t at = offset + (size_t)r * dim + i;
      const float value = fused ? x[at] + y[at] : x[at];
      values[i] = value;
      squares += values[i] * values[i];
      if (fused) {
        expect("sum", dim, at, after[at], value, 0);
      }
    }
    for (int i = 0; i < dim; i++) {
      const double wanted = values[i] / sqrt(squares / dim + 1e-5f) * weight[offset + i];
      expect(fused ? "fused norm" : "norm", dim, i, out[offset + (size_t)r * dim + i], wanted,
             1e-6 * fabs(wanted) + 1e-30);
    }
  }
}

void check_rope(int rows, int query_heads, int key_heads, int dim, int pairs, bool halves) {
  const std::vector<float> queries = normal((size_t)rows * query_heads * dim);
  const std::vector<float> keys = normal((size_t)rows * key_heads * dim);
  std::vector<int> positions(rows);
  Frequencies frequencies = {};
  for (int r = 0; r < rows; r++) {
    positions[r] = r * 12345;
  }
  for (int i = 0; i < pairs; i++) {
    frequencies.values[i] = (float)pow(500000, -(double)i / pairs);
  }
  const OnDevice<float> device_queries(queries);
  const OnDevice<float> device_keys(keys);
  const OnDevice<int> device_positions(positions);
  const OnDevice<float> angles((size_t)rows * 2 * pairs);
  rope_angles<<<(rows * pairs + THREADS - 1) / THREADS, THREADS>>>(frequencies, device_positions.data(), angles.data(),
                                                                   rows, pairs, 0, pairs, 1.25f);
  const dim3 grid(((query_heads + key_heads) * pairs + THREADS - 1) / THREADS, rows);
  if (halves) {
    rope_halves<<<grid, THREADS>>>(device_queries.data(), device_keys.data(), angles.data(), rows, query_heads,
                                   key_heads, dim, pairs);
  } else {
    rope_neighbours<<<grid, THREADS>>>(device_queries.data(), device_keys.data(), angles.data(), rows, query_heads,
                                       key_heads, dim, pairs);
  }
  require(cudaDeviceSynchronize(), "rope");
  const auto compare = [&](const std::vector<float>& before, const std::vector<float>& after, int heads) {
    for (size_t from = 0; from < before.size(); from += dim) {
      const int position = positions[from / ((size_t)heads * dim)];
      for (int i = 0; i < 2 * pairs; i++) {
        const int pair = halves ? i % pairs : i / 2;
        const size_t a = from + (halves ? pair : 2 * pair);
        const size_t b = from + (halves ? pair + pairs : 2 * pair + 1);
        const double angle = (double)position * frequencies.values[pair];
        const double cosine = 1.25 * cos(angle);
        const double sine = 1.25 * sin(angle);
        const bool first = from + i == a;
        const double wanted = first ? before[a] * cosine - before[b] * sine : before[a] * sine + before[b] * cosine;
        expect("rope", dim, from + i, after[from + i], wanted, 4e-6);
      }
      for (int i = 2 * pairs; i < dim; i++) {
        expect("behind the turned", dim, from + i, after[from + i], before[from + i], 0);
      }
    }
  };
  compare(queries, device_queries.read(), query_heads);
  compare(keys, device_keys.read(), key_heads);
}

void time_norm(int rows, int dim) {
  const OnDevice<float> x(normal((size_t)rows * dim));
  const OnDevice<float> y(std::vector<float>((size_t)rows * dim));
  const OnDevice<float> weight(normal(dim));
  const OnDevice<float> out((size_t)rows * dim);
  printf("norm       %5d x %5d: %6.2f us\n", rows, dim,
         microseconds([&] { launch_norm(x.data(), nullptr, weight.data(), out.data(), rows, dim); }));
  printf("fused norm %5d x %5d: %6.2f us\n", rows, dim,
         microseconds([&] { launch_norm(x.data(), y.data(), weight.data(), out.data(), rows, dim); }));
}
}  // namespace

int main(int argc, char** argv) {
  require_gpu();
  const unsigned seed = argc > 1 ? (unsigned)strtoul(argv[1], nullptr, 10) : std::random_device{}();
  printf("seed %u\n", seed);
  generator.seed(seed);
  for (const int dim : {1, 3, 64, 100, 128, 511, 512, 513, 640, 1031, 4096, 8192, 14336, 16384, 16388, 20001}) {
    for (const int offset : {0, 1, 4}) {
      check_norm(5, dim, offset, false);
      check_norm(5, dim, offset, true);
    }
  }
  for (const bool halves : {true, false}) {
    check_rope(3, 32, 8, 128, 64, halves);
    check_rope(3, 4, 1, 64, 16, halves);
    check_rope(2, 3, 2, 80, 37, halves);
    check_rope(2, 3, 2, 17, 8, halves);
  }
  for (const int rows : {1, 16, 4096}) {
    time_norm(rows, 128);
    time_norm(rows, 2048);
    time_norm(rows, 4096);
  }
  printf("%d failures\n", failures);
  return failures == 0 ? 0 : 1;
}
