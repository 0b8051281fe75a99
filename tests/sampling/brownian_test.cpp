/// Brownian motion compared with numpy's seeds, torchsde's tree, and a whole run of the reference.
#include "sampling/brownian.hpp"

#include <ATen/TensorOperators.h>
#include <ATen/ops/cat.h>
#include <ATen/ops/equal.h>
#include <ATen/ops/zeros.h>
#include <gtest/gtest.h>

#include <algorithm>
#include <cmath>
#include <fstream>
#include <nlohmann/json.hpp>

#include "sampling/gaussian/brownian_noise.hpp"
#include "sampling/seed_sequence.hpp"
#include "schedule/schedule.hpp"

namespace latentrt::sampling {
namespace {

using Json = nlohmann::json;

constexpr double kTolerance = 1e-6;

const Json& golden() {
  static const Json all =
      Json::parse(std::ifstream(LATENTRT_SOURCE_DIR "/tests/golden/noise/brownian.json"));
  return all;
}

void expect_near(const at::Tensor& tensor, const Json& expected, const std::string& what) {
  const at::Tensor flat = tensor.flatten();
  for (std::size_t i = 0; i < expected.size(); ++i) {
    const double value = expected[i];
    EXPECT_NEAR(flat[static_cast<std::int64_t>(i)].item<double>(), value,
                kTolerance * std::max(1.0, std::abs(value)))
        << what << ", value " << i;
  }
}

TEST(SeedSequence, HasTheWordsOfNumpy) {
  EXPECT_EQ(seed_from(0), 4025752534U);
  EXPECT_EQ(seed_from(42), 387750627U);
  EXPECT_EQ(seed_from(42, {0, 0}), 2102017995U);
  EXPECT_EQ(seed_from(42, {1, 1}), 1058881542U);
  for (const Json& row : golden()["seeds"])
    EXPECT_EQ(seed_from(row["entropy"], row["key"]), row["word"].get<std::uint32_t>()) << row;
}

TEST(BrownianTree, HasTheIncrementsOfTheReference) {
  for (const Json& row : golden()["increments"]) {
    const BrownianTree tree(row["seed"], row["low"], row["high"], row["shape"]);
    expect_near(tree.increment(row["begin"], row["end"]), row["values"], row.dump());
  }
}

TEST(BrownianTree, IncrementsAddUpWhateverTheOrder) {
  const BrownianTree tree(7, 0.03, 15, {1, 64});
  const at::Tensor late = tree.increment(4, 9), early = tree.increment(0.5, 4);
  EXPECT_LT((late + early - tree.increment(0.5, 9)).abs().max().item<double>(), 1e-5);
  EXPECT_TRUE(at::equal(early, tree.increment(0.5, 4)));
  EXPECT_FALSE(at::equal(early, BrownianTree(8, 0.03, 15, {1, 64}).increment(0.5, 4)));
}

TEST(BrownianTree, KnowsNothingOutsideOfItsEnds) {
  const BrownianTree tree(7, 1, 2, {1, 8});
  EXPECT_TRUE(at::equal(tree.increment(0, 5), tree.increment(1, 2)));
  EXPECT_EQ(tree.increment(3, 5).abs().max().item<double>(), 0);
  EXPECT_EQ(tree.increment(1.5, 1.5000001).abs().max().item<double>(), 0);
}

/// The noise of every call of a run, from the sigmas of its schedule on.
TEST(BrownianNoise, IsThatOfWholeRunsOfTheReference) {
  for (const Json& run : golden()["runs"]) {
    schedule::Options options;
    for (const auto& [key, value] : run["config"].items()) {
      if (value.is_boolean()) options.emplace(key, boolean_value(value));
      if (value.is_number()) options.emplace(key, number_value(value));
      if (value.is_string()) options.emplace(key, text_value(value));
    }
    const schedule::Trajectory trajectory = schedule::make_trajectory(
        "dpmpp_sde", options, {.steps = run["steps"], .roots = library_roots});
    ASSERT_TRUE(trajectory.brownian.has_value());
    const TorchNoise noise({run["seed"].get<std::uint64_t>()});
    const at::Tensor like = at::zeros(run["shape"].get<std::vector<std::int64_t>>());
    std::size_t drawn = 0;
    for (const schedule::Step& step : trajectory.steps) {
      if (!step.draws_noise) continue;
      expect_near(brownian_noise(*trajectory.brownian, step.span, like, noise),
                  run["noises"].at(drawn), "call " + std::to_string(drawn));
      ++drawn;
    }
    EXPECT_EQ(drawn, run["noises"].size());
  }
}

const schedule::Brownian kMotion{.low = 0.03, .high = 15};
constexpr schedule::BrownianSpan kSpan{.from = 9, .to = 4, .half = true};

at::Tensor of_seeds(const std::vector<std::uint64_t>& seeds, std::int64_t items,
                    const schedule::Brownian& motion = kMotion) {
  return brownian_noise(motion, kSpan, at::zeros({items, 2, 3, 3}), TorchNoise(seeds));
}

TEST(BrownianNoise, OfAnItemDoesNotDependOnTheOthers) {
  const at::Tensor both = of_seeds({5, 6}, 2);
  EXPECT_TRUE(at::equal(both, at::cat({of_seeds({5}, 1), of_seeds({6}, 1)})));
  EXPECT_TRUE(at::equal(both, of_seeds({5}, 2))) << "item i of one seed has the seed + i";
}

TEST(BrownianNoise, TakesTheSeedOfTheScheduler) {
  schedule::Brownian motion = kMotion;
  motion.seed = 5;
  EXPECT_TRUE(at::equal(of_seeds({9}, 1, motion), of_seeds({5}, 1)));
  EXPECT_TRUE(at::equal(of_seeds({9}, 2, motion), of_seeds({5}, 2)));
  EXPECT_TRUE(at::equal(of_seeds({8, 9}, 2, motion), at::cat({of_seeds({5}, 1), of_seeds({5}, 1)})))
      << "as each of them on its own";
}

TEST(BrownianNoise, IsStandardNormal) {
  const at::Tensor many = brownian_noise(kMotion, kSpan, at::zeros({1, 100000}), TorchNoise({3}));
  EXPECT_NEAR(many.mean().item<double>(), 0, 0.02);
  EXPECT_NEAR(many.var().item<double>(), 1, 0.02);
}

}  // namespace
}  // namespace latentrt::sampling
