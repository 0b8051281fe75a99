/// Every golden trajectory of scripts/goldens/schedule.py, step by step: of trajectories.json and
/// of solvers.json.

#include <gtest/gtest.h>

#include <cmath>
#include <fstream>
#include <map>
#include <nlohmann/json.hpp>
#include <set>
#include <string>

#include "schedule/evaluate.hpp"
#include "schedule/options.hpp"
#include "schedule/schedule.hpp"

namespace latentrt::schedule::testing {
namespace {

using Json = nlohmann::json;

constexpr double kTolerance = 1e-5;
/// The reference's square root of a tensor is not always the nearest fp32 value; with rescaling to
/// zero terminal SNR this becomes an error of 2e-6.
constexpr double kSigmaTolerance = 3e-6;
constexpr double kTimestepTolerance = 1e-6;
/// The reference computes the timesteps of KDPM2's middle levels with logarithms in fp32.
constexpr double kMiddleTolerance = 1e-4;

Option option_of(const Json& value) {
  if (value.is_boolean()) return flag(value.get<bool>());
  if (value.is_number()) return number(value.get<double>());
  if (value.is_string()) return text(value.get<std::string>());
  return list(value.get<std::vector<double>>());
}

Options options_of(const Json& golden) {
  Options options;
  for (const auto& [key, value] : golden["config"].items()) options.emplace(key, option_of(value));
  if (golden.contains("eta")) options.emplace("eta", option_of(golden["eta"]));
  return options;
}

Trajectory trajectory_of(const Json& golden) {
  return make_trajectory(golden["solver"].get<std::string>(), options_of(golden),
                         {.steps = golden["steps"],
                          .strength = golden.value("strength", 1.0),
                          .from_image = golden.contains("strength")});
}

/// The largest difference, relative for large values.
double deviation(const Vector& actual, const Vector& expected) {
  double worst = actual.size() == expected.size() ? 0 : INFINITY;
  for (std::size_t e = 0; e < expected.size() && e < actual.size(); ++e) {
    const double scale = std::max(1.0, std::abs(double(expected[e])));
    const double difference = std::abs(double(actual[e]) - double(expected[e])) / scale;
    worst = difference <= worst ? worst : difference;  // keeps a NaN
  }
  return worst;
}

std::string name_of(const Json& golden) {
  Json brief = golden;
  for (const char* key : {"kept", "timesteps", "first", "samples", "sigmas", "spans"})
    brief.erase(key);
  return brief.dump();
}

Json cases_of(const char* name) {
  return Json::parse(
      std::ifstream(std::string(LATENTRT_SOURCE_DIR "/tests/golden/schedule/") + name));
}

class GoldenTrajectories : public ::testing::Test {
 protected:
  GoldenTrajectories() {
    golden_ = cases_of("trajectories.json");
    const Json more = cases_of("solvers.json");
    EXPECT_EQ(more["noise"], golden_["noise"]);
    golden_["cases"].insert(golden_["cases"].end(), more["cases"].begin(), more["cases"].end());
    image_ = golden_["image"].get<Vector>();
    noise_ = golden_["noise"].get<std::vector<Vector>>();
  }

  Vector first_sample(const Trajectory& trajectory, bool from_image) const {
    Vector sample(image_.size());
    for (std::size_t e = 0; e < sample.size(); ++e) {
      sample[e] =
          static_cast<float>(from_image ? trajectory.image_weight * double(image_[e]) +
                                              trajectory.noise_weight * double(noise_[0][e])
                                        : trajectory.initial_noise_scale * double(noise_[0][e]));
    }
    return sample;
  }

  /// Compares one case; returns its largest deviation.
  double check(const Json& golden) const {
    SCOPED_TRACE(name_of(golden));
    const Trajectory trajectory = trajectory_of(golden);
    const Vector first = first_sample(trajectory, golden.contains("strength"));
    double worst = deviation(first, golden["first"].get<Vector>());
    std::size_t drawn = 0;
    const auto samples =
        evaluate(trajectory, first, golden_network, [&] { return noise_.at(++drawn); });
    const auto kept = golden["kept"].get<std::vector<std::size_t>>();
    EXPECT_EQ(trajectory.steps.size(), kept.back() + 1);
    for (std::size_t i = 0; i < kept.size(); ++i) {
      worst = std::max(worst, deviation(samples.at(kept[i]), golden["samples"][i].get<Vector>()));
      check_grid(trajectory.steps.at(kept[i]), golden, i);
    }
    EXPECT_LT(worst, kTolerance);
    if (golden.contains("spans")) check_spans(trajectory, golden["spans"]);
    return worst;
  }

  /// Intervals of the Brownian motion: from which sigma to which.
  static void check_spans(const Trajectory& trajectory, const Json& spans) {
    std::size_t asked = 0;
    for (const Step& step : trajectory.steps) {
      if (!step.draws_noise) continue;
      const auto [from, to, half] = step.span;
      const double end = half ? std::sqrt(from * to) : to;
      EXPECT_NEAR(from, spans.at(asked)[0].get<double>(), kSigmaTolerance * from) << asked;
      EXPECT_NEAR(end, spans.at(asked)[1].get<double>(), kSigmaTolerance * end) << asked;
      ++asked;
    }
    EXPECT_EQ(asked, spans.size());
  }

  static void check_grid(const Step& step, const Json& golden, std::size_t i) {
    const double timestep = golden["timesteps"][i];
    const bool middle = golden["solver"].get<std::string>().starts_with("kdpm2");
    EXPECT_NEAR(step.timestep, timestep,
                (middle ? kMiddleTolerance : kTimestepTolerance) * std::max(1.0, timestep))
        << "timestep " << i;
    if (!golden.contains("sigmas")) return;
    const double sigma = golden["sigmas"][i];
    EXPECT_NEAR(step.sigma, sigma, kSigmaTolerance * sigma) << "sigma " << i;
  }

  Json golden_;
  Vector image_;
  std::vector<Vector> noise_;
};

TEST_F(GoldenTrajectories, AllAreReproduced) {
  std::map<std::string, double> worst;
  for (const Json& golden : golden_["cases"]) {
    double& solver_worst = worst[golden["solver"].get<std::string>()];
    solver_worst = std::max(solver_worst, check(golden));
  }
  for (const auto& [solver, value] : worst) {
    RecordProperty(solver, std::to_string(value));
    std::printf("%-16s worst deviation %.2e\n", solver.c_str(), value);
  }
}

TEST_F(GoldenTrajectories, CoverEverySolver) {
  std::set<std::string> covered;
  for (const Json& golden : golden_["cases"]) covered.insert(golden["solver"]);
  covered.insert("dpmpp_2s_a");  // not a class of the reference: tests/sampling/toy_solver_test.cpp
  for (const std::string& solver : solver_names()) EXPECT_TRUE(covered.contains(solver)) << solver;
}

}  // namespace
}  // namespace latentrt::schedule::testing
