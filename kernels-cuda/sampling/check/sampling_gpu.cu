/* SPDX-License-Identifier: Apache-2.0 */

/** The kernels on a GPU against sorting, and their time. Good to run under compute-sanitizer, too. */

#include "../sampling.cu"
#include "on_device.cuh"
#include "reference.cuh"

namespace {
/** The masses as the device computes them, at 1 and at the row's temperature. */
__global__ void masses(const float* logits, int count, float greatest, float temperature, unsigned long long* out) {
  for (int i = blockIdx.x * blockDim.x + threadIdx.x; i < count; i += gridDim.x * blockDim.x) {
    out[i] = mass_of(key_of(logits[i]), greatest, 1.0f);
    out[count + i] = mass_of(key_of(logits[i]), greatest, temperature);
  }
}

class Sampler {
 public:
  Sampler(int rows, int vocabulary)
      : rows_(rows),
        vocabulary_(vocabulary),
        slices_((vocabulary + SLICE - 1) / SLICE),
        states_(rows),
        histograms_((size_t)rows * BINS),
        partial_((size_t)rows * slices_),
        ties_((size_t)rows * slices_),
        arrivals_(std::vector<unsigned>(rows)),
        chosen_(rows) {}

  void launch(const OnDevice<float>& logits, const OnDevice<float>& settings) {
    const dim3 grid(slices_, rows_);
    sample_best<<<grid, THREADS>>>(logits.data(), settings.data(), chosen_.data(), states_.data(), histograms_.data(),
                                   partial_.data(), arrivals_.data(), vocabulary_);
    for (int cut = 0; cut < 2; cut++) {
      for (int digit = 0; digit < DIGITS; digit++) {
        sample_digit<<<grid, THREADS>>>(logits.data(), settings.data(), states_.data(), histograms_.data(),
                                        arrivals_.data(), vocabulary_, cut, digit);
      }
    }
    sample_pick<<<grid, THREADS>>>(logits.data(), settings.data(), chosen_.data(), states_.data(), partial_.data(),
                                   ties_.data(), arrivals_.data(), vocabulary_);
  }

  std::vector<int> chosen() {
    require(cudaDeviceSynchronize(), "sample");
    for (const unsigned arrivals : arrivals_.read()) {
      require(arrivals == 0 ? cudaSuccess : cudaErrorUnknown, "a counter is not zero");
    }
    return chosen_.read();
  }

 private:
  int rows_;
  int vocabulary_;
  int slices_;
  OnDevice<RowState> states_;
  OnDevice<unsigned long long> histograms_;
  OnDevice<unsigned long long> partial_;
  OnDevice<unsigned> ties_;
  OnDevice<unsigned> arrivals_;
  OnDevice<int> chosen_;
};

int expected_on_device(const std::vector<float>& logits, const Settings& settings) {
  const int n = (int)logits.size();
  const OnDevice<float> row(logits);
  const OnDevice<unsigned long long> out(2 * (size_t)n);
  masses<<<64, 256>>>(row.data(), n, *std::max_element(logits.begin(), logits.end()), settings.temperature, out.data());
  const std::vector<unsigned long long> values = out.read();
  return expected(logits, settings, [&](int id, bool tempered) { return values[(tempered ? n : 0) + id]; });
}

int check(std::mt19937& random, int rows, int vocabulary) {
  std::vector<float> logits;
  std::vector<float> settings;
  std::vector<int> wanted;
  for (int r = 0; r < rows; r++) {
    const std::vector<float> row = random_logits(random, vocabulary, (int)(random() % 4));
    const Settings asked = random_settings(random);
    logits.insert(logits.end(), row.begin(), row.end());
    settings.insert(settings.end(), {asked.temperature, asked.top_k, asked.top_p, asked.min_p, asked.uniform});
    wanted.push_back(expected_on_device(row, asked));
  }
  const OnDevice<float> device_logits(logits);
  const OnDevice<float> device_settings(settings);
  Sampler sampler(rows, vocabulary);
  int failures = 0;
  for (int repetition = 0; repetition < 2; repetition++) {
    sampler.launch(device_logits, device_settings);
    const std::vector<int> chosen = sampler.chosen();
    for (int r = 0; r < rows; r++) {
      if (chosen[r] != wanted[r]) {
        failures++;
        const float* s = &settings[5 * (size_t)r];
        printf("row %d of %d, %d logits, temperature %g, k %g, p %g, min p %g, uniform %.9g: %d, expected %d\n", r,
               rows, vocabulary, s[0], s[1], s[2], s[3], s[4], chosen[r], wanted[r]);
      }
    }
  }
  return failures;
}

void time(std::mt19937& random, const char* what, int rows, int vocabulary, const Settings& asked) {
  std::vector<float> logits;
  std::vector<float> settings;
  for (int r = 0; r < rows; r++) {
    std::normal_distribution<float> normal(0, 3);
    for (int i = 0; i < vocabulary; i++) {
      logits.push_back(normal(random));
    }
    settings.insert(settings.end(), {asked.temperature, asked.top_k, asked.top_p, asked.min_p, asked.uniform});
  }
  const OnDevice<float> device_logits(logits);
  const OnDevice<float> device_settings(settings);
  Sampler sampler(rows, vocabulary);
  const float t = microseconds([&] { sampler.launch(device_logits, device_settings); });
  printf("%-14s %2d x %6d: %6.1f us\n", what, rows, vocabulary, t);
}
}  // namespace

int main(int argc, char** argv) {
  require_gpu();
  const unsigned seed = argc > 1 ? (unsigned)strtoul(argv[1], nullptr, 10) : std::random_device{}();
  printf("seed %u\n", seed);
  std::mt19937 random(seed);
  int failures = 0;
  for (const int vocabulary : {1, 2, 7, 255, 2047, 2048, 2049, 5000, 32000}) {
    for (const int rows : {1, 3, 64}) {
      failures += check(random, rows, vocabulary);
    }
  }
  failures += check(random, 5, 128256);
  failures += check(random, 3, 300000);
  failures += check(random, 2, 600001);
  for (const int rows : {1, 16}) {
    for (const int vocabulary : {128256, 300000}) {
      time(random, "greedy", rows, vocabulary, {0, 0, 1, 0, 0});
      time(random, "temperature", rows, vocabulary, {0.8f, 0, 1, 0, 0.5f});
      time(random, "top-k", rows, vocabulary, {0.8f, 40, 1, 0, 0.5f});
      time(random, "top-k, top-p", rows, vocabulary, {0.8f, 40, 0.95f, 0.05f, 0.5f});
    }
  }
  printf("%d failures\n", failures);
  return failures == 0 ? 0 : 1;
}
