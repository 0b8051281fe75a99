/// The reference compared with values from tables, the kernel's body and the host's version with
/// the reference, and the launched kernel too if there is a device.
#include "kernels/geglu/geglu.h"

#include <gtest/gtest.h>

#include <cmath>
#include <latentrt/error.hpp>
#include <limits>
#include <ostream>

#include "device/cuda/device_memory.h"
#include "device/cuda/device_query.h"
#include "kernels/common/vector_math.h"
#include "kernels/geglu/geglu_math.h"
#include "tests/kernels/geglu_cases.h"
#include "tests/kernels/host_threads.h"

namespace latentrt::kernels {

void PrintTo(const GegluCase& test_case, std::ostream* out) { *out << test_case.name; }

namespace {

std::string case_name(const testing::TestParamInfo<GegluCase>& instance) {
  return instance.param.name;
}

/// erf(-1) to erf(-6) and 1 + erf, from tables: gelu(x) for x such that x / sqrt 2 is an integer.
TEST(GegluByHand, FollowsTablesOfTheErrorFunction) {
  const double r = std::sqrt(2.0);
  const std::vector<float> src{3, 3, 3, static_cast<float>(r), static_cast<float>(-r), 0};
  std::vector<float> dst(3);
  geglu_ref({.src = src.data(), .dst = dst.data(), .rows = 1, .size = 3});
  EXPECT_NEAR(dst[0], 3 * r / 2 * 1.8427007929497148, 1e-6);
  EXPECT_NEAR(dst[1], -3 * r / 2 * 0.1572992070502851, 1e-6);
  EXPECT_EQ(dst[2], 0);
}

class Geglu : public testing::TestWithParam<GegluCase> {
 protected:
  /// A few rounding errors of the product. For gates near -5 only the absolute error is small,
  /// because 1 + erf cancels. A 16-bit result may be rounded to the other side.
  void expect_reference(const std::vector<double>& actual) const {
    GegluData expected(GetParam());
    geglu_ref(expected.host_args());
    const std::vector<double> wanted = expected.result();
    const DType dtype = GetParam().dtype;
    const double own = dtype == DType::fp16 ? 0x1p-10 : dtype == DType::bf16 ? 0x1p-7 : 0;
    // |value * gate / 2| times a rounding error of 1 + erf, for gates of up to 6: beyond that both
    // are zero.
    const double cancelled = 6 * 4 * GetParam().deviation * 0x1p-24;
    ASSERT_EQ(actual.size(), wanted.size());
    for (std::size_t i = 0; i < wanted.size(); ++i)
      ASSERT_NEAR(actual[i], wanted[i], (own + 6 * 0x1p-24) * std::abs(wanted[i]) + cancelled)
          << "element " << i;
  }
};

INSTANTIATE_TEST_SUITE_P(Cases, Geglu, testing::ValuesIn(geglu_cases()), case_name);

/// Threads of a GPU, emulated one after the other.
struct HostBlock {
  int lane_, lanes_;
  std::int64_t row_;
  int lane() const { return lane_; }
  int lanes() const { return lanes_; }
  std::int64_t row() const { return row_; }
};

TEST_P(Geglu, KernelBodyMatchesTheReference) {
  constexpr int kLanes = 5;
  GegluData data(GetParam());
  const GegluArgs args = data.host_args();
  with_instance(args, [&](auto element, auto width) {
    for (std::int64_t row = 0; row < args.rows; ++row)
      for (int lane = 0; lane < kLanes; ++lane)
        geglu_block<decltype(element), width.value>(HostBlock{lane, kLanes, row}, args);
  });
  expect_reference(data.result());
}

TEST_P(Geglu, HostMatchesTheReferenceWithAnyThreads) {
  GegluData one(GetParam()), three(GetParam());
  if (GetParam().dtype == DType::fp16) {
    EXPECT_THROW(geglu_host(one.host_args(), one_thread), Error);
    return;
  }
  geglu_host(one.host_args(), one_thread);
  expect_reference(one.result());
  geglu_host(three.host_args(), three_threads);
  EXPECT_EQ(one.result(), three.result());
}

TEST_P(Geglu, CudaMatchesTheReference) {
  if (!cuda_device_present())
    GTEST_SKIP() << "no CUDA device on this machine, or a build without CUDA";
  GegluData data(GetParam());
  if (data.src().empty()) return;
  DeviceMemory src(data.src().size()), dst(data.dst().size());
  src.upload(data.src().data());
  geglu(data.args(src.data(), dst.data()), nullptr);
  synchronize_device();
  dst.download(data.dst().data());
  expect_reference(data.result());
}

TEST(GegluHostMath, ErfIsWithinTwoRoundings) {
  for (float x = -6; x < 6; x += 1e-4F) {
    const double truth = std::erf(static_cast<double>(x));
    ASSERT_NEAR(erf_of(x), truth, 3 * 0x1p-24 * std::abs(truth) + 1e-30) << x;
  }
  for (const float x : {4.0F, 10.0F, 1e10F, 3e38F, std::numeric_limits<float>::infinity()}) {
    EXPECT_EQ(erf_of(x), 1) << x;
    EXPECT_EQ(erf_of(-x), -1) << x;
  }
}

/// Relative to the gate, in bf16: a rounding error, and for negative gates the error of the
/// polynomial.
TEST(GegluHostMath, InBf16ItIsWithinARounding) {
  std::vector<BFloat16> src;
  for (float gate = -9; gate < 9; gate += 1e-3F) src.push_back(from_float<BFloat16>(gate));
  const std::size_t size = src.size();
  std::vector<BFloat16> dst(size);
  src.insert(src.begin(), size, from_float<BFloat16>(1.0F));
  geglu_host({.dtype = DType::bf16,
              .src = src.data(),
              .dst = dst.data(),
              .rows = 1,
              .size = static_cast<std::int64_t>(size)},
             one_thread);
  for (std::size_t i = 0; i < size; ++i) {
    const double gate = to_float(src[size + i]);
    const double truth = gate * 0.5 * std::erfc(-gate / std::sqrt(2.0));
    const double share = 0x1p-8 + (gate < 0 ? 6e-4 : 2e-6);
    ASSERT_NEAR(to_float(dst[i]), truth, share * std::abs(truth) + 1e-30) << gate;
  }
}

TEST(GegluHostMath, LargeGatesAreThemselvesOrNothing) {
  const float inf = std::numeric_limits<float>::infinity();
  const std::vector<float> src{1, 1, 1, 1, 1e10F, -1e10F, 3e38F, inf};
  std::vector<float> dst(4);
  geglu_host({.src = src.data(), .dst = dst.data(), .rows = 1, .size = 4}, one_thread);
  EXPECT_EQ(dst[0], 1e10F);
  EXPECT_NEAR(dst[1], 0, 1e-20);
  EXPECT_EQ(dst[2], 3e38F);
  EXPECT_EQ(dst[3], inf);
}

TEST(GegluHostMath, NanGoesThrough) {
  const float nan = std::numeric_limits<float>::quiet_NaN();
  const std::vector<float> src{1, nan, 1, nan, 1, 1};
  std::vector<float> dst(3);
  geglu_host({.src = src.data(), .dst = dst.data(), .rows = 1, .size = 3}, one_thread);
  EXPECT_TRUE(std::isnan(dst[0]));
  EXPECT_TRUE(std::isnan(dst[1]));
  EXPECT_FALSE(std::isnan(dst[2]));
}

TEST(GegluCheck, RefusesWhatIsMissing) {
  std::vector<float> numbers(6);
  const auto refused = [](const GegluArgs& args) {
    EXPECT_THROW(check(args), Error);
    EXPECT_THROW(geglu_ref(args), Error);
    EXPECT_THROW(geglu_host(args, one_thread), Error);
  };
  refused({.src = nullptr, .dst = numbers.data(), .rows = 1, .size = 3});
  refused({.src = numbers.data(), .dst = nullptr, .rows = 1, .size = 3});
  refused({.src = numbers.data(), .dst = numbers.data(), .rows = -1, .size = 3});
}

TEST(GegluWithoutDevice, RefusesWithAnError) {
  if (cuda_device_present()) GTEST_SKIP() << "a CUDA device is present";
  GegluData data({.name = "plain"});
  EXPECT_THROW(geglu(data.host_args(), nullptr), Error);
}

}  // namespace
}  // namespace latentrt::kernels
