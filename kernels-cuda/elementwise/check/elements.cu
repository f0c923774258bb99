/* SPDX-License-Identifier: Apache-2.0 */

/** The functions of one element against float64, over the arguments that the op contract allows. */

#include <math.h>
#include <stdio.h>

#include "../activation.cuh"

namespace {
constexpr double ROUNDOFF = 0x1p-24;
int failures = 0;

void expect(const char* what, double x, double actual, double expected, double bound) {
  if (!(fabs(actual - expected) <= bound) && failures++ < 10) {
    printf("%s(%.9g) is %.9g, expected %.17g within %.3g\n", what, x, actual, expected, bound);
  }
}
}  // namespace

int main() {
  for (int i = -400000; i <= 400000; i++) {
    const float x = (float)(i * 3.1e-4);
    const double d = x;
    const double bound = 32 * ROUNDOFF * fabs(d) + 0x1p-126;
    expect("silu", d, Silu::of(x), d / (1 + exp(-d)), bound);
    expect("gelu", d, Gelu::of(x), 0.5 * d * erfc(-d * sqrt(0.5)), bound);
    expect("gelu_tanh", d, GeluTanh::of(x), 0.5 * d * (1 + tanh(sqrt(2 / M_PI) * (d + 0.044715 * d * d * d))), bound);
    const double capped = 30 * tanh(d / 30);
    expect("softcap", d, soft_capped(x, 30), capped, 32 * ROUNDOFF * fabs(capped) + 4 * ROUNDOFF * 30);
  }
  const int positions[] = {0, 1, 2, 17, 511, 4095, 32768, 131071, 999983, 1000000, 16777215};
  for (const int position : positions) {
    for (int i = 0; i < 1000; i++) {
      const float frequency = (float)pow(500000, -i / 1000.0);
      float cosine;
      float sine;
      turn_at(position, frequency, &cosine, &sine);
      const double angle = (double)position * frequency;
      // tighter than the contract, which lets the error grow with the angle
      expect("cos", angle, cosine, cos(angle), 8 * ROUNDOFF);
      expect("sin", angle, sine, sin(angle), 8 * ROUNDOFF);
    }
  }
  printf("%d failures\n", failures);
  return failures == 0 ? 0 : 1;
}
