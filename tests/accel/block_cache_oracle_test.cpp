/// Key-value caches against an oracle without batches and padding: it runs one row after the other,
/// with a table of the keys and values of every token and explicit loops that determine which
/// tokens are computed.
#include <ATen/TensorOperators.h>
#include <ATen/ops/arange.h>
#include <ATen/ops/full.h>
#include <ATen/ops/ones.h>
#include <ATen/ops/stack.h>
#include <ATen/ops/tensor.h>
#include <ATen/ops/zeros.h>
#include <fmt/format.h>
#include <gtest/gtest.h>

#include <algorithm>
#include <map>

#include "support/small_text.hpp"

namespace latentrt::testing {
namespace {

using sampling::Call;
using sampling::State;

constexpr double kTolerance = 1e-5;

/// Runs the network for one row, with a table of keys and values.
class NaiveRow {
 public:
  /// Computes `tokens` and returns their logits [tokens,V]. They attend to themselves and to the
  /// other tokens' keys and values from the last time those tokens were computed.
  at::Tensor logits(const nn::Network& d, const at::Tensor& ids, const TokenIds& tokens) {
    const at::Tensor at = at::tensor(tokens, at::kLong);
    const std::map<std::string, at::Tensor> inputs{
        {"input_ids", ids.index_select(0, at)},
        {"position_ids", at},
        {"attention_mask", at::ones({ids.size(0)}, at::kLong)},
        {"logit_indices", at::arange(at.size(0))}};
    std::map<nn::ValueId, at::Tensor> values;
    for (const nn::ValueId id : d.program->inputs())
      values[id] = inputs.at(d.program->name_of(id)).unsqueeze(0);
    for (const nn::Node& node : d.program->nodes()) {
      std::vector<at::Tensor> srcs;
      for (const nn::ValueId src : node.srcs) srcs.push_back(values.at(src));
      if (std::holds_alternative<nn::Attention>(node.op))
        for (const std::size_t i : {1U, 2U})
          srcs[i] = in_table(fmt::format("{} {}", node.name, i), srcs[i][0], tokens, ids.size(0));
      values[node.dst] = nn::TorchOps().run({node, srcs, *d.weights});
    }
    return values.at(d.program->outputs().front())[0];
  }

 private:
  at::Tensor in_table(const std::string& name, const at::Tensor& fresh, const TokenIds& tokens,
                      std::int64_t length) {
    std::vector<at::Tensor>& table = tables_[name];
    table.resize(static_cast<std::size_t>(length));
    for (std::size_t i = 0; i < tokens.size(); ++i)
      table[static_cast<std::size_t>(tokens[i])] = fresh[static_cast<std::int64_t>(i)].clone();
    return at::stack(table).unsqueeze(0);
  }

  std::map<std::string, std::vector<at::Tensor>> tables_;
};

TokenIds to_ids(const at::Tensor& row) {
  const at::Tensor own = row.contiguous();
  return {own.const_data_ptr<std::int64_t>(), own.const_data_ptr<std::int64_t>() + own.numel()};
}

/// A run without a batch: records the answer and the tokens that were computed.
class NaiveRun {
 public:
  NaiveRun(const TextCase& c, const TokenIds& prompt, std::uint64_t seed)
      : case_(c),
        network_(text_network(c.shape, std::make_shared<const nn::TorchOps>())),
        process_(c.process()),
        first_(std::ssize(prompt)) {
    TokenIds ids = prompt;
    ids.insert(ids.end(), static_cast<std::size_t>(c.blocks.gen_length), kTextMask);
    state_["ids"] = at::tensor(ids, at::kLong).unsqueeze(0);
    state_["padding"] = at::zeros({1}, at::kLong);
    sampling::TorchNoise noise({seed});
    for (std::size_t step = 0; !process_->done(state_, step); ++step) make_step(step, noise);
  }

  TokenIds answer() const { return to_ids(state_.at("ids")[0].slice(0, first_)); }
  const std::vector<at::Tensor>& logits() const { return logits_; }
  const sampling::TokenCounts& counts() const { return counts_; }

 private:
  std::int64_t block_begin(std::size_t step, const TokenIds& ids) const {
    const sampling::Blocks& blocks = case_.blocks;
    const bool by_schedule = !process_->options().policy->schedule().empty();
    const auto masked = std::ranges::find(ids.begin() + first_, ids.end(), kTextMask);
    const std::int64_t block = by_schedule
                                   ? static_cast<std::int64_t>(step) / blocks.steps_per_block()
                                   : (masked - ids.begin() - first_) / blocks.block_length;
    return first_ + block * blocks.block_length;
  }

  /// Returns the tokens whose logits predict the masks up to the end of the block.
  TokenIds read(const TokenIds& ids, std::int64_t end) const {
    TokenIds tokens;
    for (std::int64_t at = 0; at < end; ++at)
      if (ids[static_cast<std::size_t>(at)] == kTextMask)
        tokens.push_back(case_.shape.shifted ? std::max<std::int64_t>(at - 1, 0) : at);
    return tokens;
  }

  bool refreshes(std::size_t step) const {
    const Spec spec = Spec::parse(case_.accel);
    const auto given = spec.options.find("refresh");
    const bool delayed = spec.name == "dkv";
    const std::size_t every = given != spec.options.end() ? std::stoul(given->second)
                              : delayed                   ? 8U
                                                          : 0U;
    const std::size_t age = delayed ? step : age_;
    return every == 0 ? age == 0 : age % every == 0;
  }

  bool needed(std::int64_t at, const TokenIds& ids, std::int64_t begin, std::int64_t end) const {
    const auto i = static_cast<std::size_t>(at);
    if (case_.accel.starts_with("dkv")) return ids[i] == kTextMask || ids[i] != before_[i];
    const bool dual = case_.accel.find("dual") != std::string::npos;
    return at >= begin && (!dual || at < end);
  }

  TokenIds computed(std::size_t step, const TokenIds& ids, std::int64_t begin) {
    const std::int64_t end = begin + case_.blocks.block_length;
    const TokenIds logits = read(ids, end);
    age_ = begin == begin_ ? age_ + 1 : 0;
    begin_ = begin;
    TokenIds tokens;
    if (logits.empty()) return tokens;
    for (std::int64_t at = 0; at < std::ssize(ids); ++at)
      if (case_.accel.empty() || refreshes(step) || needed(at, ids, begin, end) ||
          std::ranges::count(logits, at) > 0)
        tokens.push_back(at);
    before_ = ids;
    counts_.tokens += ids.size() * static_cast<std::size_t>(rows());
    counts_.cached += (ids.size() - tokens.size()) * static_cast<std::size_t>(rows());
    counts_.rows += static_cast<std::size_t>(rows());
    ++counts_.forwards;
    return tokens;
  }

  std::int64_t rows() const { return case_.guidance == 1 ? 1 : 2; }

  void make_step(std::size_t step, sampling::NoiseSource& noise) {
    const Call call = sampling::make_call(step, {step}, case_.guidance_policy(), {});
    nn::NamedTensors told;
    process_->state_inputs(state_, call, network_, told);
    const TokenIds ids = to_ids(state_.at("ids")[0]);
    const std::int64_t begin = block_begin(step, ids);
    const TokenIds wanted = read(ids, begin + case_.blocks.block_length);
    const TokenIds tokens = computed(step, ids, begin);
    std::vector<at::Tensor> all;
    for (std::int64_t row = 0; row < rows(); ++row) {
      if (tokens.empty()) {
        all.push_back(at::zeros({1, kTextVocabulary}));
        continue;
      }
      const at::Tensor logits = table_[row].logits(network_, told.at("input_ids")[row], tokens);
      std::vector<at::Tensor> chosen;
      for (const std::int64_t at : wanted)
        chosen.push_back(logits[std::ranges::find(tokens, at) - tokens.begin()]);
      all.push_back(at::stack(chosen));
    }
    const at::Tensor of_rows = at::stack(all);
    if (!tokens.empty()) logits_.push_back(of_rows);
    sampling::Outputs outputs{.conditional = {{"logits", of_rows.slice(0, -1)}},
                              .unconditional = {}};
    if (rows() == 2) outputs.unconditional = of_rows.narrow(0, 0, 1);
    process_->advance(state_, call, outputs, noise);
  }

  const TextCase case_;
  const nn::Network network_;
  const std::shared_ptr<const sampling::Masked> process_;
  const std::int64_t first_;  ///< index of the answer's first token
  State state_;
  std::map<std::int64_t, NaiveRow> table_;
  TokenIds before_;
  std::int64_t begin_ = -1;
  std::size_t age_ = 0;
  std::vector<at::Tensor> logits_;
  sampling::TokenCounts counts_;
};

void expect_near(const std::vector<at::Tensor>& made, const std::vector<at::Tensor>& expected) {
  ASSERT_EQ(made.size(), expected.size());
  for (std::size_t i = 0; i < made.size(); ++i) {
    ASSERT_EQ(made[i].sizes(), expected[i].sizes()) << i;
    EXPECT_LE((made[i] - expected[i]).abs().max().item<double>(), kTolerance) << i;
  }
}

void expect_sums(const sampling::TokenCounts& made, const sampling::TokenCounts& expected) {
  EXPECT_EQ(made.rows, expected.rows);
  EXPECT_EQ(made.tokens, expected.tokens);
  EXPECT_EQ(made.cached, expected.cached);
}

/// No prompt is empty: in a sequence of masks only, all tokens are equally confident except for
/// their last bits.
const std::vector<TokenIds> kPrompts{{5, 17, 3, 4, 20, 8}, {7}, {9, 1, 33, 2}, {12, 30}};

/// One prompt gives the logits and tokens of the oracle; batches of three and four give its tokens.
void expect_equals_oracle(const TextCase& c) {
  SCOPED_TRACE(c.words());
  std::vector<NaiveRun> naive;
  for (std::size_t i = 0; i < kPrompts.size(); ++i) naive.emplace_back(c, kPrompts[i], 3 + i);
  for (std::size_t i = 0; i < kPrompts.size(); ++i) {
    SCOPED_TRACE(fmt::format("prompt {}", i));
    const TextRun run = run_text_case(c, {kPrompts[i]}, 3 + i);
    EXPECT_EQ(run.answers.front(), naive[i].answer());
    expect_near(run.logits, naive[i].logits());
    if (!c.accel.empty()) {
      expect_sums(run.counts, naive[i].counts());
      EXPECT_EQ(run.counts.forwards, naive[i].counts().forwards);
    }
  }
  for (const std::size_t batch : {3U, 4U}) {
    SCOPED_TRACE(fmt::format("batch of {}", batch));
    const TextRun run =
        run_text_case(c, {kPrompts.begin(), kPrompts.begin() + static_cast<std::ptrdiff_t>(batch)});
    sampling::TokenCounts sums;
    for (std::size_t i = 0; i < batch; ++i) {
      EXPECT_EQ(run.answers[i], naive[i].answer()) << i;
      sums.rows += naive[i].counts().rows;
      sums.tokens += naive[i].counts().tokens;
      sums.cached += naive[i].counts().cached;
    }
    if (!c.accel.empty()) expect_sums(run.counts, sums);
  }
}

const std::vector<std::string> kCaches{
    "blockcache", "blockcache:refresh=2", "blockcache:kind=dual", "blockcache:kind=dual,refresh=3",
    "dkv",        "dkv:refresh=3"};
const std::vector<std::string> kPolicies{"low_confidence", "random", "rcr:scope=block",
                                         "threshold:tau=0.15", "factor:f=1.5"};

/// Tests the oracle: if it computes all tokens in every call, it equals the run without a cache.
TEST(BlockCacheOracle, WithoutACacheIsThePlainRun) {
  for (const TextShape& shape : text_shapes())
    for (const std::string& policy : kPolicies) expect_equals_oracle({shape, policy});
}

TEST(BlockCacheOracle, EveryKindWithEveryPolicy) {
  for (const TextShape& shape : text_shapes())
    for (const std::string& policy : kPolicies)
      for (const std::string& cache : kCaches)
        expect_equals_oracle({shape, policy, cache, policy == "threshold:tau=0.15" ? 0.0 : 0.7});
}

TEST(BlockCacheOracle, WithGuidance) {
  for (const TextShape& shape : text_shapes())
    for (const std::string& cache : kCaches) {
      expect_equals_oracle({shape, "low_confidence", cache, 0, 2.5});
      expect_equals_oracle({shape, "threshold:tau=0.15", cache, 0.5, 0.5});
    }
}

/// Covers other block sizes, and steps that have nothing to commit.
TEST(BlockCacheOracle, OfOtherBlocks) {
  for (const sampling::Blocks& blocks :
       {sampling::Blocks{12, 12, 6}, sampling::Blocks{12, 2, 6}, sampling::Blocks{8, 4, 16}})
    for (const TextShape& shape : text_shapes())
      for (const std::string& cache : kCaches)
        expect_equals_oracle({shape, "low_confidence", cache, 0.5, 1, blocks});
}

/// Tokens of finished blocks are masked again, and the cache of committed tokens must follow.
TEST(BlockCacheOracle, DelayedOnesFollowTokensThatAreMaskedAgain) {
  for (const TextShape& shape : text_shapes())
    for (const char* cache : {"dkv", "dkv:refresh=3"})
      expect_equals_oracle({shape, "rcr:scope=global", cache, 0.7});
}

}  // namespace
}  // namespace latentrt::testing
