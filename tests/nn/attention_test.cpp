/// The arguments of our kernel for attention's tensors, checked with its reference; and calls for
/// which it is not used.
#include "nn/ops/attention.hpp"

#include <ATen/ops/allclose.h>
#include <ATen/ops/empty.h>
#include <ATen/ops/randn.h>
#include <gtest/gtest.h>

#include <array>

#include "nn/ops/host_attention.hpp"

namespace latentrt::nn {
namespace {

constexpr std::int64_t kRows = 2, kQueries = 19, kKeys = 7, kChannels = 48;
constexpr int kHeads = 3;

/// With our kernel's arguments, without copies.
at::Tensor by_kernel(const AttentionCall& call) {
  at::Tensor dst = at::empty(call.q.sizes(), call.q.options());
  EXPECT_EQ(kernel_refusal(call), "");
  const kernels::AttentionArgs args = kernel_args(call, dst);
  EXPECT_EQ(args.q, call.q.const_data_ptr());
  EXPECT_EQ(args.segment[0].k, call.k.const_data_ptr());
  EXPECT_EQ(args.segment[0].v, call.v.const_data_ptr());
  kernels::attention_ref(args);
  return dst;
}

void expect_as_library(const AttentionCall& call) {
  EXPECT_TRUE(at::allclose(by_kernel(call), attend_by_library(call), 1e-5, 1e-5));
}

TEST(AttentionArguments, ReadThePartsOfPackedProjections) {
  at::manual_seed(1);
  const at::Tensor packed = at::randn({kRows, kQueries, 3 * kChannels});
  const at::Tensor q = packed.narrow(-1, 0, kChannels), k = packed.narrow(-1, kChannels, kChannels),
                   v = packed.narrow(-1, 2 * kChannels, kChannels);
  expect_as_library({q, k, v, kHeads});
  expect_as_library({q, k, v, 1});
}

TEST(AttentionArguments, ReadKeysOfThePrompt) {
  at::manual_seed(2);
  const at::Tensor q = at::randn({kRows, kQueries, kChannels});
  const at::Tensor packed = at::randn({kRows, kKeys, 2 * kChannels});
  const at::Tensor k = packed.narrow(-1, 0, kChannels), v = packed.narrow(-1, kChannels, kChannels);
  expect_as_library({q, k, v, kHeads});
  // One prompt for all rows.
  const at::Tensor one_k = k.narrow(0, 0, 1).expand_as(k), one_v = v.narrow(0, 0, 1).expand_as(v);
  expect_as_library({q, one_k, one_v, kHeads});
}

TEST(AttentionArguments, WhatOurKernelCannotReadIsRefused) {
  const at::Tensor x = at::randn({kRows, kQueries, kChannels});
  EXPECT_EQ(kernel_refusal({x, x, x, kHeads}), "");
  EXPECT_EQ(kernel_refusal({x, x, x, kHeads, true}), "our kernels have no mask");
  const at::Tensor across = at::randn({kRows, kChannels, kQueries}).transpose(1, 2);
  for (const AttentionCall& call :
       {AttentionCall{across, x, x, kHeads}, AttentionCall{x, across, x, kHeads},
        AttentionCall{x, x, across, kHeads}})
    EXPECT_EQ(kernel_refusal(call), "channels are not contiguous");
  EXPECT_NE(kernel_refusal({x, x, x, 4}), "");  // 12 channels per head are not a multiple of 8
}

TEST(AttentionChoice, FollowsTheCallsShape) {
  const at::Tensor q = at::randn({kRows, kQueries, kChannels}).to(at::kBFloat16),
                   k = at::randn({kRows, kKeys, kChannels}).to(at::kBFloat16);
  const KernelChoices choices(
      {{.operation = "attention",
        .gpu = "a GPU",
        .capability = 90,
        .dtype = DType::bf16,
        .shape = {{"head_size", 16}, {"queries", 19}, {"keys", 7}, {"heads", 6}},
        .own_us = 1,
        .library_us = 2}});
  EXPECT_TRUE(measured_choice({q, k, k, kHeads}, 90, choices).own_kernel);
  EXPECT_FALSE(measured_choice({q, k, k, kHeads}, 80, choices).own_kernel);
  EXPECT_FALSE(measured_choice({q, k, k, 6}, 90, choices).own_kernel);
  EXPECT_FALSE(measured_choice({q, q, q, kHeads}, 90, choices).own_kernel);
  const at::Tensor x = q.to(at::kHalf);
  EXPECT_FALSE(measured_choice({x, x, x, kHeads}, 90, choices).own_kernel);
  const Node node{.name = "attn", .op = Attention{kHeads}, .srcs = {}, .weights = {}};
  const std::array srcs{q, k, k};  // too few queries for the CPU's blocked implementation
  const BoundWeights none({}, {});
  EXPECT_EQ(choose_attention({node, srcs, none}, choices).words(),
            "LibTorch: " + host_refusal({q, k, k, kHeads}));
}

}  // namespace
}  // namespace latentrt::nn
