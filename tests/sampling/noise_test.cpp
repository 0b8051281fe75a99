#include "sampling/noise.hpp"

#include <ATen/ops/equal.h>
#include <gtest/gtest.h>

#include <cstdlib>
#include <latentrt/tensor.hpp>
#include <set>

#include "kernels/common/philox.h"

namespace latentrt::sampling {
namespace {

const std::string kGolden =
    std::string(LATENTRT_SOURCE_DIR) + "/tests/golden/noise/randn.safetensors";

/// "3x4x9x7" -> {3, 4, 9, 7}
std::vector<std::int64_t> parse_shape(const std::string& text) {
  std::vector<std::int64_t> shape;
  for (const char* at = text.c_str();;) {
    char* end = nullptr;
    shape.push_back(std::strtoll(at, &end, 10));
    if (*end == '\0') return shape;
    at = end + 1;
  }
}

std::vector<float> values(const at::Tensor& tensor) {
  return {tensor.const_data_ptr<float>(), tensor.const_data_ptr<float>() + tensor.numel()};
}

/// Names are seed_S.shape_AxB.draw_K, or seed_S.ends_AxB.draw_K for the two ends of a large draw.
TEST(Noise, EveryDrawIsBitEqualToTorch) {
  const TensorMap golden = read_tensors(kGolden);
  std::set<std::string> runs;
  for (const auto& [name, tensor] : golden) runs.insert(name.substr(0, name.rfind('.')));
  ASSERT_GT(runs.size(), 10U);
  for (const std::string& run : runs) {
    const std::size_t dot = run.find('.'), underscore = run.rfind('_');
    at::Generator generator = make_generator(std::strtoull(run.c_str() + 5, nullptr, 10));
    const bool ends = run.compare(dot + 1, 4, "ends") == 0;
    for (int draw = 0; golden.contains(run + ".draw_" + std::to_string(draw)); ++draw) {
      std::vector<float> ours =
          values(draw_noise(parse_shape(run.substr(underscore + 1)), generator, at::kCPU));
      const std::vector<float>& expected = golden.at(run + ".draw_" + std::to_string(draw)).data;
      if (ends) {
        const auto half = static_cast<std::ptrdiff_t>(expected.size() / 2);
        ours.erase(ours.begin() + half, ours.end() - half);
      }
      EXPECT_EQ(ours, expected) << run << " draw " << draw;
    }
  }
}

TEST(PhiloxNoise, FollowsFromItsKeyOnly) {
  PhiloxNoise both({7, 9}), first({7}), second({9});
  const NoiseKey key{Root::step, 3};
  second.draw({5, 2}, at::kCPU);  // the order of draws has no effect
  const at::Tensor together = both.draw({2, 3, 4}, at::kCPU, key);
  EXPECT_TRUE(at::equal(together.narrow(0, 0, 1), first.draw({1, 3, 4}, at::kCPU, key)));
  EXPECT_TRUE(at::equal(together.narrow(0, 1, 1), second.draw({1, 3, 4}, at::kCPU, key)));
  EXPECT_TRUE(at::equal(together, both.draw({2, 3, 4}, at::kCPU, key)));
  EXPECT_EQ(values(together)[13],
            static_cast<float>(kernels::philox_normal<double>(9, std::uint64_t{2} << 32 | 3, 1)));
}

TEST(PhiloxNoise, EveryPartOfTheKeyMatters) {
  PhiloxNoise noise({7});
  const std::vector<std::int64_t> shape{1, 8};
  const at::Tensor one = noise.draw(shape, at::kCPU, {Root::step, 3});
  EXPECT_FALSE(at::equal(one, noise.draw(shape, at::kCPU, {Root::step, 4})));
  EXPECT_FALSE(at::equal(one, noise.draw(shape, at::kCPU, {Root::posterior, 3})));
  EXPECT_FALSE(at::equal(one, PhiloxNoise({8}).draw(shape, at::kCPU, {Root::step, 3})));
}

TEST(PhiloxNoise, ItemsOfOneSeedHaveTheSeedsAfterIt) {
  const at::Tensor two = PhiloxNoise({7}).draw({2, 5}, at::kCPU);
  EXPECT_TRUE(at::equal(two, PhiloxNoise({7, 8}).draw({2, 5}, at::kCPU)));
}

TEST(PhiloxNoise, IsStandardNormal) {
  const at::Tensor many = PhiloxNoise({11}).draw({1, 100000}, at::kCPU);
  EXPECT_NEAR(many.mean().item<double>(), 0, 0.02);
  EXPECT_NEAR(many.var().item<double>(), 1, 0.02);
}

}  // namespace
}  // namespace latentrt::sampling
