/* SPDX-License-Identifier: Apache-2.0 */

/** Ops that treat every element alike. */

extern "C" __global__ void __launch_bounds__(256) scale(float* x, long long count, float factor) {
  const long long stride = (long long)gridDim.x * blockDim.x;
  for (long long i = (long long)blockIdx.x * blockDim.x + threadIdx.x; i < count; i += stride) {
    x[i] *= factor;
  }
}
