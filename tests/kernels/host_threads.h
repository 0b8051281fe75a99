#pragma once
/// Ways to distribute the parts of a host kernel.

#include <cstdint>
#include <functional>
#include <thread>
#include <vector>

namespace latentrt::kernels {

using Part = std::function<void(std::int64_t begin, std::int64_t end)>;

inline void one_thread(std::int64_t count, const Part& work) { work(0, count); }

inline void three_threads(std::int64_t count, const Part& work) {
  std::vector<std::jthread> threads;
  for (std::int64_t t = 0; t < 3; ++t)
    threads.emplace_back([&, t] { work(count * t / 3, count * (t + 1) / 3); });
}

}  // namespace latentrt::kernels
