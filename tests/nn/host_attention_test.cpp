/// Attention to few keys on the CPU, compared with LibTorch's in double.
#include "nn/ops/host_attention.hpp"

#include <ATen/TensorOperators.h>
#include <ATen/ops/cat.h>
#include <ATen/ops/equal.h>
#include <ATen/ops/randn.h>
#include <gtest/gtest.h>

#include <tuple>

namespace latentrt::nn {
namespace {

at::Tensor tokens(std::int64_t rows, std::int64_t count, std::int64_t channels) {
  return at::randn({rows, count, channels}).to(at::kBFloat16);
}

class HostAttention : public ::testing::Test {
 protected:
  void SetUp() override {
    at::manual_seed(4);
    const at::Tensor x = tokens(1, 128, 16);
    if (!host_refusal({x, x, x, 1}).empty()) GTEST_SKIP() << "this processor has no AMX";
  }
};

/// Head sizes and numbers of keys at the boundaries of panels, pairs and packs; numbers of queries
/// at those of blocks.
TEST_F(HostAttention, IsWithinRoundingOfTheExactOne) {
  for (const auto& [rows, queries, keys, heads, head_size] :
       {std::tuple(2, 1024, 77, 8, 40), std::tuple(2, 128, 77, 5, 64), std::tuple(1, 129, 1, 1, 2),
        std::tuple(3, 191, 128, 2, 160), std::tuple(1, 200, 64, 1, 256),
        std::tuple(2, 150, 65, 3, 34), std::tuple(1, 192, 15, 20, 64),
        std::tuple(2, 128, 127, 4, 66)}) {
    const std::int64_t channels = heads * head_size;
    const at::Tensor q = tokens(rows, queries, 3 * channels).narrow(2, channels, channels);
    const at::Tensor packed = tokens(rows, keys, 2 * channels);
    const at::Tensor k = packed.narrow(2, 0, channels), v = packed.narrow(2, channels, channels);
    const AttentionCall call{q, k, v, heads};
    ASSERT_EQ(host_refusal(call), "");
    const at::Tensor dq = q.to(at::kDouble), dk = k.to(at::kDouble), dv = v.to(at::kDouble);
    const at::Tensor wanted = attend_by_library({dq, dk, dv, heads});
    const at::Tensor found = attend_on_host(call);
    // Weights have a rounding error of 2^-9, and so has their sum with the values, which are below
    // 5.
    EXPECT_LE((found - wanted).abs().max().item<double>(), 2 * 5 * 0x1p-9)
        << keys << ", " << head_size;
    EXPECT_LE((found - wanted).abs().mean().item<double>(), 0x1p-9);
  }
}

TEST_F(HostAttention, APictureIsTheSameBitsInAnyCompany) {
  const at::Tensor q = tokens(3, 150, 80), k = tokens(3, 77, 80), v = tokens(3, 77, 80);
  const at::Tensor all = attend_on_host({q, k, v, 2});
  const at::Tensor q1 = q.narrow(0, 1, 1), k1 = k.narrow(0, 1, 1), v1 = v.narrow(0, 1, 1);
  EXPECT_TRUE(at::equal(attend_on_host({q1, k1, v1, 2}), all.narrow(0, 1, 1)));
  // One prompt for all rows, without a copy of it.
  const at::Tensor same_k = k1.expand_as(k), same_v = v1.expand_as(v);
  EXPECT_TRUE(
      at::equal(attend_on_host({q, same_k, same_v, 2}).narrow(0, 1, 1), all.narrow(0, 1, 1)));
}

TEST_F(HostAttention, RefusesInWords) {
  const at::Tensor q = tokens(1, 128, 48), few = tokens(1, 127, 48), many = tokens(1, 129, 48);
  EXPECT_NE(host_refusal({few, q, q, 2}), "");
  EXPECT_NE(host_refusal({q, many, many, 2}), "");
  EXPECT_NE(host_refusal({q, q, q, 16}), "");  // 3 channels per head
  EXPECT_EQ(host_refusal({q, q, q, 2, true}), "our kernels have no mask");
  const at::Tensor across = tokens(1, 48, 128).transpose(1, 2), full = q.to(at::kFloat);
  EXPECT_EQ(host_refusal({across, q, q, 2}), "channels are not contiguous");
  EXPECT_EQ(host_refusal({full, full, full, 2}), "our blocks are in bf16");
}

}  // namespace
}  // namespace latentrt::nn
