#pragma once
/// Watches long runs: the memory of the process, and how much it changes once everything has been
/// used once.

#include <unistd.h>

#include <CLI/CLI.hpp>
#include <algorithm>
#include <chrono>
#include <cstdint>
#include <cstdio>
#include <cstdlib>
#include <fstream>
#include <stdexcept>
#include <string>

namespace soak {

/// Resident memory of this process.
inline double resident_mib() {
  std::ifstream statm("/proc/self/statm");
  long size = 0, resident = 0;
  if (!(statm >> size >> resident)) throw std::runtime_error("cannot read /proc/self/statm");
  return static_cast<double>(resident) * static_cast<double>(sysconf(_SC_PAGESIZE)) / (1 << 20);
}

/// Prints a line for every tenth of the run, and watches memory after the first fifth.
class Watch {
 public:
  explicit Watch(std::uint64_t count) : count_(count) {}

  void saw(std::uint64_t done) {
    if (done * kLooks / count_ == looks_) return;
    looks_ = done * kLooks / count_;
    const double now = resident_mib();
    if (looks_ >= kWarm) {
      least_ = least_ == 0 ? now : std::min(least_, now);
      most_ = std::max(most_, now);
    }
    if (looks_ % (kLooks / 10) == 0) print(done, now);
  }

  /// The spread of memory after the warm-up, relative to the least. Prints it.
  double spread() const {
    const double share = (most_ - least_) / least_;
    std::printf("memory after the first fifth: %.1f to %.1f MiB, a spread of %.2f %%\n", least_,
                most_, 100 * share);
    return share;
  }

 private:
  static constexpr std::uint64_t kLooks = 100, kWarm = 20;

  void print(std::uint64_t done, double memory) {
    const auto now = std::chrono::steady_clock::now();
    const double seconds = std::chrono::duration<double>(now - last_).count();
    std::printf("%8llu done  %7.1f MiB  %8.1f a second\n", static_cast<unsigned long long>(done),
                memory, static_cast<double>(done - printed_) / seconds);
    std::fflush(stdout);
    last_ = now;
    printed_ = done;
  }

  std::uint64_t count_, looks_ = 0, printed_ = 0;
  double least_ = 0, most_ = 0;
  std::chrono::steady_clock::time_point last_ = std::chrono::steady_clock::now();
};

constexpr double kFlat = 0.02;  ///< of memory

inline void require(bool condition, const std::string& what) {
  if (!condition) throw std::runtime_error(what);
}

/// Parses the flags and calls `run`, whose result becomes the exit code. 1 after an exception, 2
/// after wrong usage.
template <class Run>
int main_of(CLI::App& app, int argc, char** argv, const Run& run) {
  try {
    app.parse(argc, argv);
    return run();
  } catch (const CLI::ParseError& error) {
    return app.exit(error) == 0 ? 0 : 2;
  } catch (const std::exception& error) {
    std::fprintf(stderr, "%s\n", error.what());
    return 1;
  }
}

}  // namespace soak
