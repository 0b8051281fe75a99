#include "kernels/common/philox.h"

#include <gtest/gtest.h>

#include <algorithm>
#include <cmath>
#include <vector>

#include "device/cuda/device_memory.h"
#include "device/cuda/device_query.h"
#include "kernels/guided_step/guided_step.h"
#include "kernels/guided_step/guided_step_ref.h"

namespace latentrt::kernels {
namespace {

/// "philox4x32 10" in the known answers of Random123 (kat_vectors).
TEST(Philox, GivesThePublishedAnswers) {
  const auto expect = [](PhiloxBlock counter, std::uint32_t key0, std::uint32_t key1,
                         PhiloxBlock answer) {
    const PhiloxBlock made = philox4x32_10(counter, key0, key1);
    for (int i = 0; i < 4; ++i) EXPECT_EQ(made.words[i], answer.words[i]) << i;
  };
  constexpr std::uint32_t kAll = 0xffffffff;
  expect({{0, 0, 0, 0}}, 0, 0, {{0x6627e8d5, 0xe169c58d, 0xbc57ac4c, 0x9b00dbd8}});
  expect({{kAll, kAll, kAll, kAll}}, kAll, kAll,
         {{0x408f276d, 0x41c83b0e, 0xa20bc7c6, 0x6d5451fd}});
  expect({{0x243f6a88, 0x85a308d3, 0x13198a2e, 0x03707344}}, 0xa4093822, 0x299f31d0,
         {{0xd16cfe09, 0x94fdcceb, 0x5001e420, 0x24126ea1}});
}

/// torch.randn on CUDA after manual_seed: first calls, and the second call with seed 42.
TEST(Philox, NormalsAreThoseOfPyTorchsGeneratorForCuda) {
  const auto expect = [](std::uint64_t seed, std::uint64_t draw, const std::vector<double>& known) {
    for (std::size_t i = 0; i < known.size(); ++i) {
      EXPECT_NEAR(philox_normal<double>(seed, draw, i), known[i], 1e-6) << i;
      EXPECT_NEAR(philox_normal<float>(seed, draw, i), known[i], 3e-6) << i;
    }
  };
  expect(0, 0,
         {-.924663, -.425344, -2.643846, .145184, -.120866, -.579726, -.622851, -.328387, -1.074542,
          -.363144, -1.671051, 2.265505});
  expect(42, 0, {.194019, 2.161374, -.172051, .849060, -1.924399, .652985, -.649441, -.817525});
  expect(42, 1, {.139137, -.108217, -.717422, .756649});
}

/// All of seed, draw and element matter, including their upper words.
TEST(Philox, EveryWordOfTheKeyAndTheCounterCounts) {
  constexpr std::uint64_t kUpper = std::uint64_t{1} << 32;
  const std::vector<double> numbers{
      philox_normal<double>(0, 0, 0),      philox_normal<double>(1, 0, 0),
      philox_normal<double>(kUpper, 0, 0), philox_normal<double>(0, 1, 0),
      philox_normal<double>(0, kUpper, 0), philox_normal<double>(0, 0, 1),
      philox_normal<double>(0, 0, kUpper)};
  for (std::size_t i = 0; i < numbers.size(); ++i)
    for (std::size_t j = 0; j < i; ++j) EXPECT_NE(numbers[i], numbers[j]) << i << " " << j;
}

TEST(Philox, UniformNumbersStayBelowOneAndAboveZero) {
  EXPECT_EQ(unit_number<double>(0), 0x1p-33);
  EXPECT_EQ(unit_number<double>(0xffffffff), 1 - 0x1p-33);
  EXPECT_GT(unit_number<float>(0), 0);
  EXPECT_LE(unit_number<float>(0xffffffff), 1);
}

/// In fp32: the error of ln u is the rounding of u, which matters more the closer u is to 1; that
/// of the angle is its own rounding.
double rounding_of(std::uint32_t seed, std::uint64_t draw, std::uint64_t i) {
  const PhiloxBlock block = philox4x32_10(
      {{static_cast<std::uint32_t>(draw), 0, static_cast<std::uint32_t>(i), 0}}, seed, 0);
  const double radius = std::sqrt(-2 * std::log(unit_number<double>(block.words[0])));
  return std::min(0x1p-23 / radius, 5e-4) + radius * 20 * 0x1p-24;
}

TEST(Philox, SinglePrecisionStaysNearDouble) {
  for (std::uint64_t i = 0; i < 200000; ++i)
    ASSERT_NEAR(philox_normal<float>(5, 3, i), philox_normal<double>(5, 3, i), rounding_of(5, 3, i))
        << i;
}

/// A step that adds noise to zero returns the noise.
TEST(Philox, CudaDrawsTheHostsNumbers) {
  if (!cuda_device_present())
    GTEST_SKIP() << "no CUDA device on this machine, or a build without CUDA";
  constexpr std::int64_t kSize = 20000;
  const std::vector<std::uint64_t> seed{5};
  std::vector<float> numbers(kSize);
  DeviceMemory seeds(sizeof seed[0]), zeros(kSize * sizeof(float)), next(kSize * sizeof(float));
  seeds.upload(seed.data());
  zeros.upload(numbers.data());
  GuidedStepArgs args;
  args.rows = 1;
  args.row_size = kSize;
  args.coefficients.noise_weight = 1;
  args.sample = reinterpret_cast<const float*>(zeros.data());
  args.conditional = zeros.data();
  args.next = reinterpret_cast<float*>(next.data());
  args.noise_seeds = reinterpret_cast<const std::uint64_t*>(seeds.data());
  args.noise_draw = 3;
  guided_step(args, nullptr);
  synchronize_device();
  next.download(numbers.data());
  for (std::uint64_t i = 0; i < numbers.size(); ++i)
    ASSERT_NEAR(numbers[i], philox_normal<double>(5, 3, i), rounding_of(5, 3, i)) << i;
}

/// Moments within five standard errors, and the distribution by the Kolmogorov-Smirnov statistic
/// (its 0.1 % point is 1.95 / sqrt n); adjacent elements, draws and seeds are uncorrelated.
TEST(Philox, NormalsAreStandardAndUncorrelated) {
  constexpr std::size_t kCount = 200000;
  const auto series = [](std::uint64_t seed, std::uint64_t draw, std::uint64_t first) {
    std::vector<double> numbers(kCount);
    for (std::size_t i = 0; i < kCount; ++i)
      numbers[i] = philox_normal<float>(seed, draw, first + i);
    return numbers;
  };
  std::vector<double> numbers = series(7, 0, 0);
  const double n = kCount;
  double moments[5] = {};
  for (const double x : numbers)
    for (int k = 1; k <= 4; ++k) moments[k] += std::pow(x, k) / n;
  EXPECT_NEAR(moments[1], 0, 5 / std::sqrt(n));
  EXPECT_NEAR(moments[2], 1, 5 * std::sqrt(2 / n));
  EXPECT_NEAR(moments[3], 0, 5 * std::sqrt(15 / n));
  EXPECT_NEAR(moments[4], 3, 5 * std::sqrt(96 / n));
  for (const auto& other : {series(7, 0, 1), series(7, 1, 0), series(8, 0, 0)}) {
    double product = 0;
    for (std::size_t i = 0; i < kCount; ++i) product += numbers[i] * other[i] / n;
    EXPECT_NEAR(product, 0, 5 / std::sqrt(n));
  }
  std::sort(numbers.begin(), numbers.end());
  double distance = 0;
  for (std::size_t i = 0; i < kCount; ++i) {
    const double below = std::erfc(-numbers[i] / std::sqrt(2.0)) / 2;
    distance = std::max(distance, std::abs(below - (static_cast<double>(i) + 0.5) / n));
  }
  EXPECT_LT(distance, 1.95 / std::sqrt(n));
}

/// A step with a seed equals a step with a buffer of the same values; each row has its own seed.
TEST(Philox, AStepDrawsItsNoise) {
  constexpr std::int64_t kRows = 3, kSize = 20;
  const std::vector<std::uint64_t> seeds{11, 5, 11};
  const std::vector<float> zeros(kRows * kSize);
  std::vector<float> next(kRows * kSize);
  GuidedStepArgs args;
  args.rows = kRows;
  args.row_size = kSize;
  args.coefficients.noise_weight = 1;
  args.sample = zeros.data();
  args.conditional = zeros.data();
  args.next = next.data();
  args.noise_seeds = seeds.data();
  args.noise_draw = 9;
  guided_step_ref(args);
  for (std::size_t i = 0; i < next.size(); ++i)
    EXPECT_EQ(next[i], static_cast<float>(philox_normal<double>(seeds[i / kSize], 9, i % kSize)));
}

}  // namespace
}  // namespace latentrt::kernels
