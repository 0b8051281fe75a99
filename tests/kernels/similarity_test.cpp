/// The reference compared with results by hand, the kernels' bodies with the reference, and the
/// launched kernels too if there is a device.
#include "kernels/similarity/similarity.h"

#include <gtest/gtest.h>

#include <barrier>
#include <bit>
#include <cmath>
#include <latentrt/error.hpp>
#include <ostream>
#include <thread>

#include "device/cuda/device_memory.h"
#include "device/cuda/device_query.h"
#include "kernels/similarity/similarity_block.h"
#include "tests/kernels/similarity_cases.h"

namespace latentrt::kernels {

void PrintTo(const SimilarityCase& test_case, std::ostream* out) { *out << test_case.name; }

namespace {

std::uint64_t bits_of(double value) { return std::bit_cast<std::uint64_t>(value); }

double reference(const SimilarityArgs& args) {
  similarity_ref(args);
  return *args.result;
}

TEST(SimilarityByHand, FollowsTheFormula) {
  const std::vector<float> a{1, 2, 2}, b{2, 1, 0}, zeros{0, 0, 0};
  const auto of = [](const std::vector<float>& x, const std::vector<float>& y) {
    double result = 0;
    return reference({.a = x.data(), .b = y.data(), .size = 3, .result = &result});
  };
  EXPECT_DOUBLE_EQ(of(a, b), 2 * 4.0 / (9 + 5));
  EXPECT_EQ(of(a, a), 1);
  EXPECT_EQ(of(a, zeros), 0);
  EXPECT_EQ(of(zeros, zeros), 1);
}

class Similarity : public testing::TestWithParam<SimilarityCase> {
 protected:
  /// Both sums have at most `size` rounding errors relative to the larger sum, which is that of the
  /// squares; so have the reference's.
  void expect_reference(double actual) const {
    double result = 0;
    const double expected = reference(SimilarityData(GetParam()).host_args(&result, nullptr));
    if (std::isnan(expected)) {
      EXPECT_TRUE(std::isnan(actual));
    } else {
      EXPECT_NEAR(actual, expected, 4 * static_cast<double>(GetParam().size + 2) * 0x1p-53);
    }
  }
};

INSTANTIATE_TEST_SUITE_P(Cases, Similarity, testing::ValuesIn(similarity_cases()),
                         [](const auto& instance) { return instance.param.name; });

struct HostBlock {
  int lane_, lanes_, part_, parts_;
  std::barrier<>* barrier_;
  int lane() const { return lane_; }
  int lanes() const { return lanes_; }
  int part() const { return part_; }
  int parts() const { return parts_; }
  void sync() const { barrier_->arrive_and_wait(); }
};

double run_blocks(const SimilarityData& data, int lanes, int parts) {
  double result = 0;
  std::vector<double> workspace(static_cast<std::size_t>(2 * parts));
  const SimilarityArgs args = data.host_args(&result, workspace.data());
  std::vector<SimilaritySums> shared(static_cast<std::size_t>((parts + 1) * lanes));
  std::barrier<> barrier(lanes);
  with_instance(args, [&](auto element, auto width) {
    std::vector<std::jthread> threads;
    for (int lane = 0; lane < lanes; ++lane) {
      threads.emplace_back([&, lane] {
        for (int part = 0; part < parts; ++part)
          similarity_part<decltype(element), width.value>(
              HostBlock{lane, lanes, part, parts, &barrier},
              &shared[static_cast<std::size_t>(part * lanes)], args);
        barrier.arrive_and_wait();
        similarity_total(HostBlock{lane, lanes, 0, 1, &barrier},
                         &shared[static_cast<std::size_t>(parts * lanes)], args, parts);
      });
    }
  });
  return result;
}

TEST_P(Similarity, KernelBodyMatchesTheReference) {
  const SimilarityData data(GetParam());
  for (const auto& [lanes, parts] : {std::pair{1, 1}, {4, 1}, {2, 7}})
    expect_reference(run_blocks(data, lanes, parts));
}

TEST_P(Similarity, KernelBodyGivesTheSameBitsAgain) {
  const SimilarityData data(GetParam());
  const double once = run_blocks(data, 4, 3), again = run_blocks(data, 4, 3);
  EXPECT_EQ(bits_of(once), bits_of(again));
}

TEST_P(Similarity, CudaMatchesTheReference) {
  if (!cuda_device_present())
    GTEST_SKIP() << "no CUDA device on this machine, or a build without CUDA";
  SimilarityData data(GetParam());
  if (data.a().empty()) return;
  DeviceMemory a(data.a().size()), b(data.b().size());
  const DeviceMemory result(sizeof(double)),
      workspace(static_cast<std::size_t>(similarity_workspace(GetParam().size)) * sizeof(double));
  a.upload(data.a().data());
  b.upload(data.b().data());
  const SimilarityArgs args =
      data.args(a.data(), b.data(), reinterpret_cast<double*>(result.data()),
                reinterpret_cast<double*>(workspace.data()));
  double found[2] = {};
  for (double& value : found) {
    similarity(args, nullptr);
    synchronize_device();
    result.download(reinterpret_cast<std::byte*>(&value));
    expect_reference(value);
  }
  EXPECT_EQ(bits_of(found[0]), bits_of(found[1]));
}

TEST(SimilarityCheck, RefusesWhatIsMissing) {
  SimilarityData data({.name = "whole"});
  double result = 0;
  const auto refused = [&](auto damage) {
    SimilarityArgs args = data.host_args(&result, nullptr);
    check(args);
    damage(args);
    EXPECT_THROW(check(args), Error);
    EXPECT_THROW(similarity_ref(args), Error);
  };
  refused([](SimilarityArgs& args) { args.size = -1; });
  refused([](SimilarityArgs& args) { args.a = nullptr; });
  refused([](SimilarityArgs& args) { args.b = nullptr; });
  refused([](SimilarityArgs& args) { args.result = nullptr; });
}

TEST(SimilarityWithoutDevice, RefusesWithAnError) {
  if (cuda_device_present()) GTEST_SKIP() << "a CUDA device is present";
  double result = 0;
  EXPECT_THROW(similarity(SimilarityData({.name = "plain"}).host_args(&result, &result), nullptr),
               Error);
}

}  // namespace
}  // namespace latentrt::kernels
