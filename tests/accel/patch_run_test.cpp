/// Whole runs on ranks that are threads: guidance split between them, combined with other
/// accelerators.
#include <ATen/TensorOperators.h>
#include <ATen/ops/equal.h>
#include <fmt/format.h>
#include <gtest/gtest.h>

#include "accel/registry.hpp"
#include "comm/loopback.hpp"
#include "sampling/run.hpp"
#include "schedule/schedule.hpp"
#include "support/patience.hpp"
#include "support/tiny_unet.hpp"

namespace latentrt::accel {
namespace {

constexpr std::int64_t kItems = 2, kSide = 16;
constexpr int kSteps = 7;

at::Tensor sample(const std::vector<std::string>& specs, sampling::GuidancePolicy guidance,
                  comm::Communicator* ranks) {
  std::vector<AcceleratorChoice> choices;
  for (const std::string& spec : specs) choices.emplace_back(Spec::parse(spec));
  sampling::SessionState session(sampling::make_plan(
      testing::tiny_denoiser(), schedule::make_trajectory("ddim", {}, {.steps = kSteps}), guidance,
      make_accelerators(choices)));
  session.ranks = ranks;
  session.begin({1});
  session.sample() = session.noise->draw({kItems, 4, kSide, kSide}, at::kCPU);
  at::Generator generator = sampling::make_generator(5);
  sampling::run_steps(
      session,
      {{"encoder_hidden_states",
        sampling::draw_noise({2 * kItems, 5, testing::kTinyContext}, generator, at::kCPU)}},
      {});
  return session.sample();
}

/// Each half of the ranks keeps the features of its own half of the rows: bit for bit the result of
/// simulated ranks on one device, even if guidance ends.
TEST(PatchRun, GuidanceSplitBetweenRanksGoesWithDeepCache) {
  for (const char* cache : {"deepcache:interval=3", "deepcache:interval=3,predict=taylor1"}) {
    for (const std::size_t end : {4, kSteps}) {
      const sampling::GuidancePolicy guidance{.scale = 3, .end = end};
      for (const int size : {2, 4}) {
        const std::string patch = "patch:mode=sync,cfg_split=on";
        const at::Tensor simulated =
            sample({cache, fmt::format("{},simulate_ranks={}", patch, size)}, guidance, nullptr);
        std::vector<at::Tensor> made(static_cast<std::size_t>(size));
        comm::run_loopback(size, testing::kPatience, [&](comm::Communicator& ranks) {
          made[static_cast<std::size_t>(ranks.rank())] = sample({cache, patch}, guidance, &ranks);
        });
        for (const at::Tensor& own : made)
          EXPECT_TRUE(at::equal(own, simulated)) << cache << ' ' << end << ' ' << size;
      }
    }
  }
}

/// A feature of other rows would change the result.
TEST(PatchRun, RanksEqualOneDevice) {
  const sampling::GuidancePolicy guidance{.scale = 3};
  const at::Tensor alone = sample({"deepcache:interval=3"}, guidance, nullptr),
                   plain = sample({}, guidance, nullptr);
  const at::Tensor patched = sample(
      {"deepcache:interval=3", "patch:mode=sync,cfg_split=on,simulate_ranks=4"}, guidance, nullptr);
  const auto distance = [](const at::Tensor& a, const at::Tensor& b) {
    return ((a - b).abs().max() / b.abs().max()).item<double>();
  };
  EXPECT_LT(distance(patched, alone), 1e-3 * distance(plain, alone));
}

}  // namespace
}  // namespace latentrt::accel
