/* SPDX-License-Identifier: Apache-2.0 */
#pragma once

#include <cuda_runtime.h>
#include <stdio.h>
#include <stdlib.h>

#include <vector>

/** For check programs only: device memory, and an end at the first error. */

inline void require(cudaError_t status, const char* what) {
  if (status != cudaSuccess) {
    printf("%s: %s\n", what, cudaGetErrorString(status));
    exit(1);
  }
}

/** Leaves with the status that ctest takes for a skip. */
inline void require_gpu() {
  int count = 0;
  if (cudaGetDeviceCount(&count) != cudaSuccess || count == 0) {
    printf("skipped: no GPU\n");
    exit(77);
  }
}

/** An array on the device. */
template <class T>
class OnDevice {
 public:
  explicit OnDevice(size_t count) : count_(count) { require(cudaMalloc(&data_, count * sizeof(T)), "allocate"); }
  explicit OnDevice(const std::vector<T>& values) : OnDevice(values.size()) {
    require(cudaMemcpy(data_, values.data(), count_ * sizeof(T), cudaMemcpyHostToDevice), "write");
  }
  ~OnDevice() { cudaFree(data_); }
  OnDevice(const OnDevice&) = delete;
  OnDevice& operator=(const OnDevice&) = delete;

  T* data() const { return data_; }
  std::vector<T> read() const {
    std::vector<T> values(count_);
    require(cudaMemcpy(values.data(), data_, count_ * sizeof(T), cudaMemcpyDeviceToHost), "read");
    return values;
  }

 private:
  T* data_ = nullptr;
  size_t count_;
};

/** Microseconds of one call, by events over many. */
template <class Call>
float microseconds(Call call) {
  constexpr int CALLS = 200;
  cudaEvent_t start;
  cudaEvent_t end;
  require(cudaEventCreate(&start), "event");
  require(cudaEventCreate(&end), "event");
  call();
  require(cudaEventRecord(start), "record");
  for (int i = 0; i < CALLS; i++) {
    call();
  }
  require(cudaEventRecord(end), "record");
  require(cudaEventSynchronize(end), "wait");
  float milliseconds;
  require(cudaEventElapsedTime(&milliseconds, start, end), "time");
  cudaEventDestroy(start);
  cudaEventDestroy(end);
  return milliseconds * 1000 / CALLS;
}
