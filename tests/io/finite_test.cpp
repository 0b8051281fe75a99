#include "io/finite.hpp"

#include <gmock/gmock.h>

#include <limits>

#include "safetensors_bytes.hpp"
#include "support/memory_limit.hpp"
#include "support/temp_dir.hpp"

namespace latentrt::io {
namespace {

using testing::bytes_of;
using testing::entry;
using testing::safetensors_file;

std::string same_name(std::string_view name) { return std::string(name); }

TEST(SafetensorsRule, R13ValuesThatAreNotFiniteAreReportedByTensor) {
  constexpr float kInfinity = std::numeric_limits<float>::infinity();
  constexpr float kNan = std::numeric_limits<float>::quiet_NaN();
  const testing::TempDir dir;
  const std::string header =
      "{" + entry("nan", "F32", "2", 0, 8) + "," + entry("inf", "F32", "2", 8, 16) + "," +
      entry("good", "F32", "3", 16, 28) + "," + entry("half_inf", "F16", "2", 28, 32) + "," +
      entry("half_good", "F16", "2", 32, 36) + "," + entry("huge", "F64", "1", 36, 44) + "}";
  const auto path = dir.write(
      "m.safetensors",
      safetensors_file(
          header, bytes_of(1.0F, kNan, -kInfinity, 0.0F, std::numeric_limits<float>::max(), 0.0F,
                           std::numeric_limits<float>::denorm_min()) +
                      bytes_of<std::uint16_t>(0, 0xFC00, 0x7BFF, 1) + bytes_of(1e200)));
  EXPECT_THAT(non_finite_tensors(WeightMap::from_file(path, same_name)),
              ::testing::ElementsAre("half_inf", "huge", "inf", "nan"));
}

TEST(FiniteScan, NeedsLittleMemory) {
  if (!testing::kCanLimitMemory) GTEST_SKIP() << "address space is not limited under sanitizers";
  const testing::TempDir dir;
  constexpr std::uint64_t kBytes = 64u << 20;
  const auto path = dir.write(
      "m.safetensors", safetensors_file("{" + entry("zeros", "F16", "33554432", 0, kBytes) + "}"));
  std::filesystem::resize_file(path, std::filesystem::file_size(path) + kBytes);
  EXPECT_EXIT(
      {
        testing::limit_further_memory(16u << 20);
        std::exit(non_finite_tensors(WeightMap::from_file(path, same_name)).empty() ? 0 : 1);
      },
      ::testing::ExitedWithCode(0), "");
}

}  // namespace
}  // namespace latentrt::io
