/// DeepCache compared with its authors' helper, call by call, for every branch.
#include <ATen/TensorOperators.h>
#include <fmt/format.h>
#include <gtest/gtest.h>

#include <filesystem>
#include <fstream>
#include <latentrt/tensor.hpp>
#include <nlohmann/json.hpp>

#include "accel/deep_cache/deep_cache.hpp"
#include "sampling/gaussian/gaussian.hpp"
#include "sampling/run.hpp"
#include "schedule/schedule.hpp"
#include "support/golden_unet.hpp"

namespace latentrt::accel {
namespace {

namespace fs = std::filesystem;

/// Relative to the largest value of a call. The samples of ddim grow to 21, and the branch before
/// the last amplifies rounding: the reference in fp32 differs from these goldens, made in double,
/// by 7e-6 relative to that.
constexpr double kTolerance = 1e-5;
constexpr int kCalls = 10, kBranches = 12;

schedule::Trajectory trajectory(const std::string& solver) {
  const auto number = [](double value) {
    return schedule::Option{
        .kind = schedule::Option::Kind::number, .number = value, .text = {}, .numbers = {}};
  };
  schedule::Options options{
      {"beta_start", number(0.00085)}, {"beta_end", number(0.012)}, {"steps_offset", number(1)}};
  options["beta_schedule"] = {
      .kind = schedule::Option::Kind::text, .text = "scaled_linear", .numbers = {}};
  if (solver == "ddim") {
    options["clip_sample"] = {.kind = schedule::Option::Kind::boolean, .text = {}, .numbers = {}};
    options["set_alpha_to_one"] = options["clip_sample"];
  }
  return schedule::make_trajectory(solver, options, {.steps = kCalls});
}

/// The evenly spaced values of each call that the golden contains.
at::Tensor thinned(const at::Tensor& sample, std::int64_t kept) {
  const at::Tensor flat = sample.contiguous().flatten();
  return flat.slice(0, 0, flat.size(0), flat.size(0) / kept);
}

class DeepCacheGolden : public ::testing::TestWithParam<const char*> {
 protected:
  /// The largest difference over all calls, relative to the largest value of the call.
  double difference(const std::string& name, const std::vector<AcceleratorPtr>& accelerators) {
    static const nn::Network denoiser = testing::golden_unet();
    sampling::SessionState session(
        sampling::make_plan(denoiser, trajectory(GetParam()), {.scale = 1}, accelerators));
    session.begin({1});
    session.sample() = testing::to_tensor(golden_.at("noise")) *
                       sampling::gaussian_of(*session.plan).trajectory.initial_noise_scale;
    const at::Tensor expected = testing::to_tensor(golden_.at(name));
    double worst = 0;
    sampling::run_steps(
        session, {{"encoder_hidden_states", testing::to_tensor(golden_.at("context"))}},
        [&](const sampling::Progress& progress) {
          const at::Tensor call = expected[static_cast<std::int64_t>(progress.step) - 1];
          const at::Tensor ours = thinned(session.sample(), call.size(0));
          worst = std::max(worst, ((ours - call).abs().max() / call.abs().max()).item<double>());
        });
    return worst;
  }

  double spread(const std::string& name) {
    return (testing::to_tensor(golden_.at(name)) - testing::to_tensor(golden_.at("plain")))
        .abs()
        .max()
        .item<double>();
  }

  TensorMap golden_ =
      read_tensors(testing::kGolden / "deep_cache" / fmt::format("{}.safetensors", GetParam()));
};

TEST_P(DeepCacheGolden, ThePlainRunEqualsTheReference) {
  EXPECT_LT(difference("plain", {}), kTolerance);
}

TEST_P(DeepCacheGolden, EveryCallOfEveryBranchEqualsTheReference) {
  for (const int interval : {2, 3, 5}) {
    for (int branch = 1; branch <= kBranches; ++branch) {
      const std::string name = fmt::format("interval_{}.branch_{}", interval, branch);
      DeepCacheOptions options;
      options.interval = interval;
      options.branch = std::to_string(branch);
      const double worst = difference(name, {std::make_shared<DeepCache>(options)});
      fmt::print(
          "{:<6} {:<24} max relative difference {:.2e}, from the plain run {:.2e} absolute\n",
          GetParam(), name, worst, spread(name));
      EXPECT_LT(worst, kTolerance) << name;
    }
  }
}

INSTANTIATE_TEST_SUITE_P(Solvers, DeepCacheGolden, ::testing::Values("ddim", "euler"),
                         [](const auto& solver) { return std::string(solver.param); });

TEST(QuadraticRefresh, EqualsTheReference) {
  const auto golden =
      nlohmann::json::parse(std::ifstream(testing::kGolden / "deep_cache/quadratic.json"));
  for (const auto& item : golden["cases"]) {
    const RefreshMask mask =
        quadratic_refresh(item["calls"], item["interval"], item["center"], item["power"]);
    std::vector<int> refreshes;
    for (std::size_t i = 0; i < mask.size(); ++i) {
      if (mask[i]) refreshes.push_back(static_cast<int>(i));
    }
    EXPECT_EQ(refreshes, item["refreshes"].get<std::vector<int>>()) << item.dump();
  }
}

}  // namespace
}  // namespace latentrt::accel
