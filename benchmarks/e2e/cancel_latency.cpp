/// How long Session::cancel() takes: from the call, at a random moment of a run, until run() has
/// thrown.
///
///   cancel_latency [MODEL [SIDE [RUNS [STEPS [THREADS]]]]]     default: models/shapes 256 200 8 0
///
/// Prints milliseconds. The goal is p99 <= one step + 5 ms.

#include <algorithm>
#include <chrono>
#include <cstdio>
#include <cstdlib>
#include <latentrt/error.hpp>
#include <latentrt/sampler.hpp>
#include <optional>
#include <random>
#include <string>
#include <thread>
#include <vector>

namespace {

using Clock = std::chrono::steady_clock;
using Seconds = std::chrono::duration<double>;

double milliseconds(Clock::duration time) { return 1e3 * Seconds(time).count(); }

double quantile(std::vector<double> values, double share) {
  std::sort(values.begin(), values.end());
  return values[static_cast<std::size_t>(share * static_cast<double>(values.size() - 1) + 0.5)];
}

class CancelledRuns {
 public:
  CancelledRuns(const latentrt::Sampler& sampler, latentrt::Request request)
      : session_(sampler.open()), request_(std::move(request)) {
    session_.run(request_);  // weights are packed for this size
    const auto start = Clock::now();
    for (const double step : session_.run(request_).timings.step_s) steps_.push_back(1e3 * step);
    length_ = Clock::now() - start;
  }

  double step() const { return quantile(steps_, 0.5); }
  double length() const { return milliseconds(length_); }

  /// Latency of one run; nothing if the run ended before the cancel.
  std::optional<double> latency() {
    const auto at = std::chrono::duration_cast<Clock::duration>(length_ * share_(engine_));
    Clock::time_point cancelled{};
    const auto start = Clock::now();
    std::jthread other([&] {
      std::this_thread::sleep_until(start + at);
      cancelled = Clock::now();
      session_.cancel();
    });
    try {
      session_.run(request_);
      return std::nullopt;
    } catch (const latentrt::Error& error) {
      const auto end = Clock::now();
      if (error.code() != latentrt::Code::cancelled) throw;
      other.join();
      return milliseconds(end - cancelled);
    }
  }

 private:
  latentrt::Session session_;
  latentrt::Request request_;
  std::vector<double> steps_;
  Clock::duration length_{};
  std::mt19937 engine_{7};
  std::uniform_real_distribution<double> share_{0, 0.98};
};

}  // namespace

int main(int argc, char** argv) {
  const auto number = [&](int place, int fallback) {
    return argc > place ? std::atoi(argv[place]) : fallback;
  };
  const std::string model = argc > 1 ? argv[1] : "models/shapes";
  const int side = number(2, 256), runs = number(3, 200), steps = number(4, 8);
  try {
    const auto context = latentrt::Context::create({.threads = number(5, 0)});
    const latentrt::Sampler sampler(latentrt::Pipeline::load(context, model), {.steps = steps});
    CancelledRuns cancelled(sampler, {.prompt = "a red circle", .width = side, .height = side});
    std::vector<double> latencies;
    int finished = 0;
    while (static_cast<int>(latencies.size()) < runs) {
      const auto latency = cancelled.latency();
      latency ? latencies.push_back(*latency) : void(++finished);
    }
    std::printf("%s %d x %d, %d steps: a run %.1f ms, a step %.1f ms\n", model.c_str(), side, side,
                steps, cancelled.length(), cancelled.step());
    std::printf(
        "cancel: %d runs, p50 %.2f ms, p99 %.2f ms, max %.2f ms (%d more were over before)\n", runs,
        quantile(latencies, 0.5), quantile(latencies, 0.99), quantile(latencies, 1), finished);
  } catch (const std::exception& error) {
    std::fprintf(stderr, "%s\n", error.what());
    return 1;
  }
}
