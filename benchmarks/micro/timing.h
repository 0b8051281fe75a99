#pragma once
/// Times kernels and prints the results, for the programs in this folder.

#include <fmt/format.h>

#include <algorithm>
#include <chrono>
#include <cstdint>
#include <cstring>
#include <functional>
#include <string>
#include <vector>

#include "device/cuda/device_memory.h"
#include "device/cuda/device_query.h"

namespace latentrt::kernels {

/// Median seconds of one call, over rounds of enough calls to last a few milliseconds; finish()
/// waits for them.
template <class Call, class Finish>
double median_seconds(Call&& call, Finish&& finish) {
  using Clock = std::chrono::steady_clock;
  constexpr int kRounds = 11;
  constexpr double kRoundSeconds = 5e-3;
  const auto round = [&](int calls) {
    const auto start = Clock::now();
    for (int i = 0; i < calls; ++i) call();
    finish();
    return std::chrono::duration<double>(Clock::now() - start).count() / calls;
  };
  round(1);
  const int calls =
      std::clamp(static_cast<int>(kRoundSeconds / std::max(round(3), 1e-9)), 1, 10000);
  std::vector<double> seconds(kRounds);
  for (double& value : seconds) value = round(calls);
  std::nth_element(seconds.begin(), seconds.begin() + kRounds / 2, seconds.end());
  return seconds[kRounds / 2];
}

struct Timing {
  std::size_t bytes = 0;  ///< read and written
  double seconds = 0, floor_seconds = 0;
};

/// A kernel's ParallelFor without further threads.
inline void one_thread(std::int64_t count,
                       const std::function<void(std::int64_t, std::int64_t)>& work) {
  work(0, count);
}

/// A call on the host that must read and write `bytes` bytes, compared with a copy that does.
template <class Call>
Timing timed_on_host(std::size_t bytes, const Call& call) {
  const std::vector<std::byte> source(bytes / 2, std::byte{1});
  std::vector<std::byte> destination(source.size());
  const auto copy = [&] { std::memcpy(destination.data(), source.data(), source.size()); };
  const auto done = [] {};
  return {bytes, median_seconds(call, done), median_seconds(copy, done)};
}

/// A copy that reads and writes `bytes` bytes in total.
inline double device_copy_seconds(std::size_t bytes) {
  const DeviceMemory source(bytes / 2);
  DeviceMemory destination(bytes / 2);
  return median_seconds([&] { destination.copy_from(source); }, synchronize_device);
}

/// Prints the device and the headings of the columns.
inline void print_header() {
  for (const CudaDevice& device : cuda_devices())
    fmt::print("cuda:{} is {}\n", device.index, device.name);
  if (!cuda_device_present()) fmt::print("no CUDA device, or a build without CUDA\n");
  fmt::print("{:<34} {:<6} {:>9} {:>10} {:>9} {:>7}\n", "case", "on", "MB", "us", "GB/s",
             "of floor");
}

inline void print_row(const std::string& name, const char* where, const Timing& timing) {
  const auto bytes = static_cast<double>(timing.bytes);
  fmt::print("{:<34} {:<6} {:>9.3f} {:>10.2f} {:>9.1f} {:>7.2f}\n", name, where, bytes / 1e6,
             timing.seconds * 1e6, bytes / timing.seconds / 1e9,
             timing.floor_seconds / timing.seconds);
}

/// Prints a row for each case whose name contains `filter`, if there is a device.
template <class Case, class Time>
void time_cases(const std::vector<Case>& cases, const std::string& filter, Time&& time_device) {
  print_header();
  if (!cuda_device_present()) return;
  for (const Case& one : cases)
    if (one.name.find(filter) != std::string::npos) print_row(one.name, "cuda:0", time_device(one));
}

}  // namespace latentrt::kernels
