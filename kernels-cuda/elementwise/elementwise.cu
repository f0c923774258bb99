/* SPDX-License-Identifier: Apache-2.0 */

/** Ops that treat every element alike, and copies of rows. Bounded by memory, so one thread does four elements. */

#include "activation.cuh"
#include "vectors.cuh"

namespace {
constexpr int THREADS = 256;

template <class Activation>
__device__ __forceinline__ void gated(const float* gate, const float* up, float* out, long long count) {
  combine(gate, up, out, (size_t)count, [](float g, float u) { return Activation::of(g) * u; });
}
}  // namespace

/** x += y. */
extern "C" __global__ void __launch_bounds__(THREADS) add(float* x, const float* y, long long count) {
  combine(x, y, x, (size_t)count, [](float a, float b) { return a + b; });
}

/** x *= factor. */
extern "C" __global__ void __launch_bounds__(THREADS) scale(float* x, long long count, float factor) {
  replace(x, (size_t)count, [factor](float a) { return a * factor; });
}

/** x = cap * tanh(x / cap). */
extern "C" __global__ void __launch_bounds__(THREADS) softcap(float* x, long long count, float cap) {
  replace(x, (size_t)count, [cap](float a) { return soft_capped(a, cap); });
}

/** out = silu(gate) * up; out may be either. */
extern "C" __global__ void __launch_bounds__(THREADS)
    gated_silu(const float* gate, const float* up, float* out, long long count) {
  gated<Silu>(gate, up, out, count);
}

/** out = gelu(gate) * up; out may be either. */
extern "C" __global__ void __launch_bounds__(THREADS)
    gated_gelu(const float* gate, const float* up, float* out, long long count) {
  gated<Gelu>(gate, up, out, count);
}

/** As gated_gelu, by the approximation with tanh. */
extern "C" __global__ void __launch_bounds__(THREADS)
    gated_gelu_tanh(const float* gate, const float* up, float* out, long long count) {
  gated<GeluTanh>(gate, up, out, count);
}

/** x[r] += bias; blocks in x share a row, blocks in y the rows. */
extern "C" __global__ void __launch_bounds__(THREADS) add_bias(float* x, const float* bias, int rows, int dim) {
  for (int row = blockIdx.y; row < rows; row += gridDim.y) {
    float* target = x + (size_t)row * dim;
    combine(target, bias, target, (size_t)dim, [](float a, float b) { return a + b; });
  }
}

/** out[i] = x[indices[i]]; blocks as in add_bias. */
extern "C" __global__ void __launch_bounds__(THREADS)
    gather_rows(const float* x, const int* indices, float* out, int count, int dim) {
  for (int row = blockIdx.y; row < count; row += gridDim.y) {
    const float* source = x + (size_t)indices[row] * dim;
    combine(source, source, out + (size_t)row * dim, (size_t)dim, [](float a, float) { return a; });
  }
}
