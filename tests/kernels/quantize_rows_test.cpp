/// The reference compared with values computed by hand, the kernels' bodies with the reference, and
/// the launched kernels too if there is a device: those have the same bits as the bodies.
#include "kernels/quantize_rows/quantize_rows.h"

#include <gtest/gtest.h>

#include <barrier>
#include <cmath>
#include <functional>
#include <latentrt/error.hpp>
#include <limits>
#include <ostream>
#include <thread>

#include "device/cuda/device_memory.h"
#include "device/cuda/device_query.h"
#include "kernels/quantize_rows/quantize_rows_math.h"
#include "tests/kernels/quantize_rows_cases.h"

namespace latentrt::kernels {

void PrintTo(const QuantizeRowsCase& test_case, std::ostream* out) { *out << test_case.name; }

namespace {

std::string case_name(const testing::TestParamInfo<QuantizeRowsCase>& instance) {
  return instance.param.name;
}

TEST(QuantizeRowsByHand, FollowsTheFormula) {
  const std::vector<float> src{1.1F, -2, 12.7F, 0};
  std::vector<std::int8_t> whole(4);
  std::vector<std::uint8_t> eighths(4);
  std::vector<float> scales(2);
  QuantizeRowsArgs args{.dtype = DType::fp32,
                        .src = src.data(),
                        .dst = whole.data(),
                        .scales = scales.data(),
                        .rows = 2,
                        .size = 2};
  quantize_rows_ref(args);
  EXPECT_EQ(whole, (std::vector<std::int8_t>{70, -127, 127, 0}));
  EXPECT_FLOAT_EQ(scales[0], 2.0F / 127);
  EXPECT_FLOAT_EQ(scales[1], 0.1F);
  args.format = EightBits::e4m3;
  args.dst = eighths.data();
  quantize_rows_ref(args);
  // 1.1 / 2 * 448 is 246.4, between 240 and 256.
  EXPECT_EQ(eighths, (std::vector<std::uint8_t>{0x77, 0xfe, 0x7e, 0}));
  EXPECT_FLOAT_EQ(scales[0], 2.0F / 448);
}

TEST(RescaleRowsByHand, FollowsTheFormula) {
  const std::vector<std::int32_t> products{10, -20};
  const std::vector<float> rows{0.5F}, columns{2, 3}, bias{1, 2}, sum{100, 200};
  std::vector<float> dst(2);
  rescale_rows_ref({.dtype = DType::fp32,
                    .products = products.data(),
                    .row_scales = rows.data(),
                    .column_scales = columns.data(),
                    .bias = bias.data(),
                    .sum = sum.data(),
                    .dst = dst.data(),
                    .rows = 1,
                    .size = 2});
  EXPECT_EQ(dst, (std::vector<float>{111, 172}));
}

/// A thread of the host that emulates a GPU thread.
struct HostBlock {
  int lane_, lanes_;
  std::int64_t row_;
  std::barrier<>* barrier_;
  int lane() const { return lane_; }
  int lanes() const { return lanes_; }
  std::int64_t row() const { return row_; }
  void sync() const { barrier_->arrive_and_wait(); }
};

void quantize_by_body(const QuantizeRowsArgs& args, int lanes) {
  std::barrier<> barrier(lanes);
  std::vector<std::uint32_t> shared(static_cast<std::size_t>(lanes), 0xffffffffU);
  std::vector<std::jthread> threads;
  for (int lane = 0; lane < lanes; ++lane) {
    threads.emplace_back([&, lane] {
      for (std::int64_t row = 0; row < args.rows; ++row) {
        const HostBlock block{lane, lanes, row, &barrier};
        with_instance(args, [&](auto element, auto width) {
          with_number(args.format, [&](auto number) {
            quantize_block<decltype(element), decltype(number), width.value>(block, args,
                                                                             shared.data());
          });
        });
        block.sync();
      }
    });
  }
}

void rescale_by_body(const RescaleRowsArgs& args, int lanes) {
  with_instance(args, [&](auto element, auto width) {
    for (std::int64_t row = 0; row < args.rows; ++row)
      for (int lane = 0; lane < lanes; ++lane)
        rescale_block<decltype(element), width.value>(HostBlock{lane, lanes, row, nullptr}, args);
  });
}

class QuantizeRows : public testing::TestWithParam<QuantizeRowsCase> {
 protected:
  /// A value halfway between two, except for the rounding of its scale, may become either.
  void expect_reference(QuantizeRowsData& actual) const {
    QuantizeRowsData wanted(GetParam());
    quantize_rows_ref(wanted.quantize_args());
    std::int64_t others = 0;
    for (std::size_t i = 0; i < wanted.numbers.size(); ++i) {
      const auto signed_number = [&](std::uint8_t bits) {
        if (GetParam().format == EightBits::int8) return int{static_cast<std::int8_t>(bits)};
        return bits & 0x80 ? -(bits & 0x7f) : int{bits};
      };
      const int distance =
          std::abs(signed_number(actual.numbers[i]) - signed_number(wanted.numbers[i]));
      ASSERT_LE(distance, 1) << "element " << i;
      others += distance;
    }
    EXPECT_LE(others, static_cast<std::int64_t>(wanted.numbers.size() / 100 + 1));
    for (std::size_t i = 0; i < wanted.scales.size(); ++i)
      ASSERT_NEAR(actual.scales[i], wanted.scales[i], 0x1p-23 * wanted.scales[i]) << "row " << i;
  }
};

INSTANTIATE_TEST_SUITE_P(Cases, QuantizeRows, testing::ValuesIn(quantize_rows_cases()), case_name);

TEST_P(QuantizeRows, KernelBodyMatchesTheReferenceWithAnyThreads) {
  if (GetParam().rows > 500) GTEST_SKIP() << "the same code as for fewer rows";
  QuantizeRowsData four(GetParam()), one(GetParam());
  quantize_by_body(four.quantize_args(), 4);
  expect_reference(four);
  quantize_by_body(one.quantize_args(), 1);
  EXPECT_EQ(four.numbers, one.numbers);
  EXPECT_EQ(four.scales, one.scales);
}

TEST_P(QuantizeRows, RescalingBodyMatchesTheReference) {
  QuantizeRowsData actual(GetParam()), wanted(GetParam());
  for (QuantizeRowsData* data : {&actual, &wanted})
    for (std::size_t i = 0; i < data->scales.size(); ++i)
      data->scales[i] = 0.5F + static_cast<float>(i % 7);
  rescale_by_body(actual.rescale_args(), 3);
  rescale_rows_ref(wanted.rescale_args());
  const std::vector<double> results = actual.values(actual.result),
                            expected = wanted.values(wanted.result);
  const DType dtype = GetParam().dtype;
  const double own = dtype == DType::fp16 ? 0x1p-11 : dtype == DType::bf16 ? 0x1p-8 : 0;
  // A few rounding errors of the terms, and a 16-bit result's own, which may be rounded to the
  // other side.
  const double terms = 10000 * 7 * 1.5 + 2 * 6 * GetParam().deviation;
  for (std::size_t i = 0; i < expected.size(); ++i) {
    if (std::isinf(expected[i])) {
      ASSERT_EQ(results[i], expected[i]) << "element " << i;
    } else {
      ASSERT_NEAR(results[i], expected[i], 2 * own * std::abs(expected[i]) + 4 * 0x1p-24 * terms)
          << "element " << i;
    }
  }
}

TEST_P(QuantizeRows, CudaGivesTheBodysBits) {
  if (!cuda_device_present())
    GTEST_SKIP() << "no CUDA device on this machine, or a build without CUDA";
  QuantizeRowsData body(GetParam()), data(GetParam());
  if (data.numbers.empty()) return;
  quantize_by_body(body.quantize_args(), 1);
  DeviceMemory src(data.src.size());
  const DeviceMemory numbers(data.numbers.size()), scales(data.scales.size() * sizeof(float));
  src.upload(data.src.data());
  quantize_rows(
      data.quantize_args(src.data(), numbers.data(), reinterpret_cast<float*>(scales.data())),
      nullptr);
  synchronize_device();
  numbers.download(data.numbers.data());
  scales.download(data.scales.data());
  EXPECT_EQ(data.numbers, body.numbers);
  EXPECT_EQ(data.scales, body.scales);
}

TEST_P(QuantizeRows, CudaRescalesAsTheBody) {
  if (!cuda_device_present())
    GTEST_SKIP() << "no CUDA device on this machine, or a build without CUDA";
  QuantizeRowsData body(GetParam()), data(GetParam());
  if (data.numbers.empty()) return;
  body.scales.assign(body.scales.size(), 0.75F);
  rescale_by_body(body.rescale_args(), 1);
  RescaleRowsArgs args = data.rescale_args();
  const std::vector<float> row_scales(data.scales.size(), 0.75F);
  std::vector<DeviceMemory> memory;
  const auto on_device = [&](const void* bytes, std::size_t size) {
    memory.emplace_back(size);
    memory.back().upload(bytes);
    return memory.back().data();
  };
  args.products = reinterpret_cast<const std::int32_t*>(
      on_device(data.products.data(), data.products.size() * sizeof(std::int32_t)));
  args.row_scales = reinterpret_cast<const float*>(
      on_device(row_scales.data(), row_scales.size() * sizeof(float)));
  args.column_scales = reinterpret_cast<const float*>(
      on_device(data.column_scales.data(), data.column_scales.size() * sizeof(float)));
  if (args.bias) args.bias = on_device(data.bias.data(), data.bias.size());
  if (args.sum) args.sum = on_device(data.sum.data(), data.sum.size());
  const DeviceMemory dst(data.result.size());
  args.dst = dst.data();
  rescale_rows(args, nullptr);
  synchronize_device();
  dst.download(data.result.data());
  const std::vector<double> results = data.values(data.result), expected = body.values(body.result);
  for (std::size_t i = 0; i < expected.size(); ++i) {
    const double slack = GetParam().dtype == DType::fp32 ? 0x1p-20 : 0x1p-7;
    if (std::isinf(expected[i])) {
      ASSERT_EQ(results[i], expected[i]) << "element " << i;
    } else {
      ASSERT_NEAR(results[i], expected[i], slack * (1 + std::abs(expected[i]))) << "element " << i;
    }
  }
}

TEST(QuantizeRowsExtremes, LargestNumbersAreTheLast) {
  for (const float largest : {1.0F, 3e38F, 0x1p-99F}) {
    for (const EightBits format : {EightBits::int8, EightBits::e4m3}) {
      const std::vector<float> src{largest, -largest, 0};
      std::vector<std::uint8_t> numbers(3);
      float scale = 0;
      quantize_by_body({.dtype = DType::fp32,
                        .format = format,
                        .src = src.data(),
                        .dst = numbers.data(),
                        .scales = &scale,
                        .rows = 1,
                        .size = 3},
                       2);
      const bool int8 = format == EightBits::int8;
      EXPECT_EQ(numbers, int8 ? (std::vector<std::uint8_t>{127, 129, 0})
                              : (std::vector<std::uint8_t>{0x7e, 0xfe, 0}));
      EXPECT_FLOAT_EQ(scale, largest / largest_number(format));
    }
  }
}

TEST(QuantizeRowsExtremes, TinyRowsAreZeroAndNanGoesThrough) {
  const float nan = std::numeric_limits<float>::quiet_NaN();
  const std::vector<float> src{1e-40F, -1e-35F, 1, nan};
  const auto by_body = [](const QuantizeRowsArgs& args) { quantize_by_body(args, 2); };
  for (const auto& quantize :
       {std::function(quantize_rows_ref), std::function<void(const QuantizeRowsArgs&)>(by_body)}) {
    for (const EightBits format : {EightBits::e4m3, EightBits::int8}) {
      std::vector<std::uint8_t> numbers(4, 1);
      std::vector<float> scales(2);
      quantize({.dtype = DType::fp32,
                .format = format,
                .src = src.data(),
                .dst = numbers.data(),
                .scales = scales.data(),
                .rows = 2,
                .size = 2});
      EXPECT_EQ(scales[0], 0);
      EXPECT_EQ(numbers[0] & 0x7f, 0);
      EXPECT_EQ(numbers[1] & 0x7f, 0);
      EXPECT_TRUE(std::isnan(scales[1]));
    }
  }
}

TEST(QuantizeRowsCheck, RefusesWhatMakesNoSense) {
  QuantizeRowsData data({.name = "plain"});
  const auto refused = [&](auto change) {
    QuantizeRowsArgs args = data.quantize_args();
    change(args);
    EXPECT_THROW(check(args), Error);
    EXPECT_THROW(quantize_rows_ref(args), Error);
    EXPECT_THROW(quantize_rows(args, nullptr), Error);
  };
  refused([](QuantizeRowsArgs& args) { args.src = nullptr; });
  refused([](QuantizeRowsArgs& args) { args.dst = nullptr; });
  refused([](QuantizeRowsArgs& args) { args.scales = nullptr; });
  refused([](QuantizeRowsArgs& args) { args.rows = -1; });
  refused([](QuantizeRowsArgs& args) { args.size = -1; });
  const auto refused_to_rescale = [&](auto change) {
    RescaleRowsArgs args = data.rescale_args();
    change(args);
    EXPECT_THROW(rescale_rows_ref(args), Error);
    EXPECT_THROW(rescale_rows(args, nullptr), Error);
  };
  refused_to_rescale([](RescaleRowsArgs& args) { args.products = nullptr; });
  refused_to_rescale([](RescaleRowsArgs& args) { args.row_scales = nullptr; });
  refused_to_rescale([](RescaleRowsArgs& args) { args.column_scales = nullptr; });
  refused_to_rescale([](RescaleRowsArgs& args) { args.dst = nullptr; });
  refused_to_rescale([](RescaleRowsArgs& args) { args.size = -1; });
}

TEST(QuantizeRowsWithoutDevice, RefusesWithAnError) {
  if (cuda_device_present()) GTEST_SKIP() << "a CUDA device is present";
  QuantizeRowsData data({.name = "plain"});
  EXPECT_THROW(quantize_rows(data.quantize_args(), nullptr), Error);
  EXPECT_THROW(rescale_rows(data.rescale_args(), nullptr), Error);
}

}  // namespace
}  // namespace latentrt::kernels
