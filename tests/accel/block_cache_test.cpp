/// Key-value caches: exact cases, refused options and notes.
#include <ATen/ops/equal.h>
#include <ATen/ops/tensor.h>
#include <gtest/gtest.h>

#include "accel/block_cache/token_selection.hpp"
#include "schedule/schedule.hpp"
#include "support/expect_error.hpp"
#include "support/small_text.hpp"
#include "support/tiny_unet.hpp"

namespace latentrt::testing {
namespace {

const std::vector<TokenIds> kPrompts{{5, 17, 3, 4, 20, 8}, {9, 1}, {33, 2, 7}};

void expect_same_bits(const TextRun& a, const TextRun& b) {
  EXPECT_EQ(a.answers, b.answers);
  ASSERT_EQ(a.logits.size(), b.logits.size());
  for (std::size_t i = 0; i < a.logits.size(); ++i)
    EXPECT_TRUE(at::equal(a.logits[i], b.logits[i])) << i;
}

TEST(BlockCache, ARefreshOnEveryStepIsTheRunWithoutACache) {
  for (const char* accel :
       {"blockcache:refresh=1", "blockcache:kind=dual,refresh=1", "dkv:refresh=1"})
    for (const char* policy : {"low_confidence", "rcr:scope=block", "threshold:tau=0.1"}) {
      TextCase c{text_shapes()[2], policy, "", 0.6, 2};
      const TextRun plain = run_text_case(c, kPrompts);
      c.accel = accel;
      const TextRun cached = run_text_case(c, kPrompts);
      expect_same_bits(cached, plain);
      ASSERT_EQ(cached.notes.size(), 1U);
      EXPECT_NE(cached.notes[0].find("no faster"), std::string::npos) << cached.notes[0];
    }
}

/// If each block takes one step, the cache is written but never read.
TEST(BlockCache, CallsThatComputeAllTokensHaveTheSameBits) {
  for (const char* accel : {"blockcache", "blockcache:kind=dual"}) {
    TextCase c{.shape = text_shapes()[1], .guidance = 2, .blocks = {12, 4, 3}};
    const TextRun plain = run_text_case(c, kPrompts);
    c.accel = accel;
    const TextRun cached = run_text_case(c, kPrompts);
    expect_same_bits(cached, plain);
    EXPECT_EQ(cached.counts.cached, 0U);
    EXPECT_GT(cached.counts.bytes, 0U);
    ASSERT_EQ(cached.notes.size(), 1U);
    EXPECT_NE(cached.notes[0].find("nothing is gained"), std::string::npos) << cached.notes[0];
  }
}

TEST(BlockCache, BytesAreThoseOfTheKeysAndValuesOfAllRows) {
  for (const TextShape& shape : text_shapes()) {
    const TextRun run =
        run_text_case({.shape = shape, .accel = "blockcache", .guidance = 2}, kPrompts);
    const auto& c = shape.config;
    const std::int64_t tokens = 6 + 12, rows = 2 * 3;
    EXPECT_EQ(run.counts.bytes, static_cast<std::uint64_t>(c.layers * 2 * rows * tokens *
                                                           c.kv_heads * c.head_size * 4));
  }
}

/// The cache is an approximation: this guards against a cache that is accidentally never read.
TEST(BlockCache, ReadsWhatItKept) {
  for (const char* accel : {"blockcache", "blockcache:kind=dual", "dkv"}) {
    TextCase c{.shape = text_shapes()[0], .blocks = {12, 4, 12}};
    const TextRun plain = run_text_case(c, {kPrompts[0]});
    c.accel = accel;
    const TextRun cached = run_text_case(c, {kPrompts[0]});
    EXPECT_TRUE(at::equal(cached.logits[0], plain.logits[0]));
    EXPECT_FALSE(at::equal(cached.logits[2], plain.logits[2])) << accel;
    EXPECT_GT(cached.counts.cached, cached.counts.tokens / 5) << accel;
  }
}

TEST(BlockCache, RefusesPoliciesThatEditFinishedBlocks) {
  for (const char* accel : {"blockcache", "blockcache:kind=dual,refresh=2"})
    EXPECT_ERROR(Code::invalid_argument, "set its scope=block (rcr:scope=block)",
                 run_text_case({text_shapes()[0], "rcr", accel}, kPrompts));
}

TEST(BlockCache, RefusesNetworksThatItCannotCut) {
  TextShape causal = text_shapes()[0];
  causal.config.causal = true;
  EXPECT_ERROR(Code::invalid_argument,
               "dkv: the network cannot compute some tokens on their own, because "
               "model.layers.0.self_attn.sdpa (attention) reads others",
               run_text_case({causal, "random", "dkv"}, kPrompts));
  const schedule::Trajectory path = schedule::make_trajectory("ddim", {}, {.steps = 3});
  EXPECT_ERROR(Code::invalid_argument,
               "blockcache works with masked diffusion language models only",
               sampling::make_plan(tiny_denoiser(), path, {}, made_accelerators("blockcache")));
  EXPECT_ERROR(Code::invalid_argument, "deepcache: the network has no skip connection",
               run_text_case({text_shapes()[0], "random", "deepcache"}, kPrompts));
}

TEST(BlockCache, IsNotRecorded) {
  auto both = made_accelerators("dkv");
  both.push_back(made_accelerators("cudagraph").front());
  const TextCase c{.shape = text_shapes()[0]};
  const auto plan = sampling::make_plan(
      text_network(c.shape, std::make_shared<const nn::TorchOps>()), c.process(), {}, both);
  ASSERT_EQ(plan->notes.size(), 1U);
  EXPECT_NE(plan->notes[0].find("each call computes other tokens"), std::string::npos);
  EXPECT_FALSE(plan->make_launch);
}

TEST(TokenSelection, RowsWithFewerTokensRepeatTheirFirst) {
  const at::Tensor computed =
      at::tensor({0, 1, 1, 0, 1, 1, 1, 1, 0, 0, 0, 0, 0, 0, 1, 0}, at::kLong).view({4, 4}).ne(0);
  const auto selections = accel::select_tokens(computed);
  ASSERT_EQ(selections.size(), 2U);
  EXPECT_TRUE(selections[0].whole());
  EXPECT_TRUE(at::equal(selections[0].rows, at::tensor({1}, at::kLong)));
  const accel::TokenSelection& some = selections[1];
  EXPECT_TRUE(at::equal(some.rows, at::tensor({0, 3}, at::kLong)));
  EXPECT_TRUE(at::equal(some.tokens, at::tensor({1, 2, 2, 2}, at::kLong).view({2, 2})));
  EXPECT_TRUE(at::equal(some.firsts, at::tensor({0, 1, 0, 0}, at::kLong).view({2, 2})));
  EXPECT_EQ(some.places.select(1, 2)[0].item<std::int64_t>(), 1);
}

}  // namespace
}  // namespace latentrt::testing
