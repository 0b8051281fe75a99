#include "pipeline/text_encoder.hpp"

#include <ATen/TensorOperators.h>
#include <ATen/ops/cat.h>
#include <ATen/ops/tensor.h>

#include <functional>
#include <numeric>
#include <random>
#include <utility>

#include "base/fail.hpp"
#include "base/quote.hpp"

namespace latentrt::pipeline {
namespace {

void check_ids(const std::vector<std::int64_t>& ids, const models::ClipConfig& config) {
  if (static_cast<std::int64_t>(ids.size()) > config.positions) {
    fail(Code::invalid_argument, "the tokenizer makes {} tokens, the text encoder has {} positions",
         ids.size(), config.positions);
  }
  for (const std::int64_t id : ids) {
    if (id >= config.vocab_size) {
      fail(Code::invalid_argument, "the tokenizer makes token id {}, the text encoder knows {} ids",
           id, config.vocab_size);
    }
  }
}

bool all_one(const std::vector<float>& weights) {
  return std::all_of(weights.begin(), weights.end(), [](float weight) { return weight == 1.0F; });
}

/// Scales each token's states by its weight and restores the mean over all of them.
at::Tensor apply_weights(const at::Tensor& states, const std::vector<float>& weights) {
  if (all_one(weights)) return states;
  const at::Tensor factors = at::tensor(weights, states.options()).unsqueeze(0).unsqueeze(-1);
  const at::Tensor scaled = states * factors;
  return scaled * (states.mean() / scaled.mean());
}

}  // namespace

Tokenize tokenize_with(text::ClipTokenizer tokenizer) {
  const auto run = [tokenizer](std::string_view prompt, bool weighted) -> text::WeightedTokens {
    if (weighted) return text::tokenize_weighted(tokenizer, prompt);
    text::TokenizedPrompt tokens = tokenizer.encode(prompt);
    const std::size_t count = tokens.ids.size();
    return {std::move(tokens), std::vector<float>(count, 1.0F)};
  };
  return {run, std::move(tokenizer)};
}

Tokenize tokenize_randomly(const models::ClipConfig& config) {
  const auto run = [config](std::string_view prompt, bool) -> text::WeightedTokens {
    std::mt19937_64 engine(std::hash<std::string_view>{}(prompt));
    std::uniform_int_distribution<std::int64_t> id(0, config.vocab_size - 1);
    text::WeightedTokens tokens;
    for (std::int64_t i = 0; i < config.positions; ++i) tokens.prompt.ids.push_back(id(engine));
    tokens.weights.assign(tokens.prompt.ids.size(), 1.0F);
    return tokens;
  };
  return {run, {}};
}

Tokenize tokenize_not(std::string component) {
  const auto run = [component = std::move(component)](std::string_view,
                                                      bool) -> text::WeightedTokens {
    fail(Code::invalid_argument,
         "the model has no '{}' folder: name a tokenizer directory, or give embeddings", component);
  };
  return {run, {}};
}

TextEncoder::TextEncoder(models::ClipConfig config, nn::Program program,
                         std::shared_ptr<const nn::BoundWeights> weights,
                         std::shared_ptr<const nn::OpSet> ops, Tokenize tokenize)
    : config_(config),
      program_(std::move(program)),
      weights_(std::move(weights)),
      ops_(std::move(ops)),
      tokenize_(std::move(tokenize)) {}

TextEncoder TextEncoder::with_weights(std::shared_ptr<const nn::BoundWeights> weights) const {
  TextEncoder changed = *this;
  changed.weights_ = std::move(weights);
  return changed;
}

TextEncoder TextEncoder::with_token(std::string_view token, const at::Tensor& vectors) const {
  if (!tokenize_.tokenizer)
    fail(Code::invalid_argument, "a model without a tokenizer takes no further tokens");
  if (vectors.size(1) != config_.hidden_size) {
    fail(Code::invalid_argument, "the vectors of token {} have {} numbers, the text encoder's {}",
         quote(token), vectors.size(1), config_.hidden_size);
  }
  std::vector<std::int64_t> ids(static_cast<std::size_t>(vectors.size(0)));
  std::iota(ids.begin(), ids.end(), config_.vocab_size);
  TextEncoder changed = *this;
  changed.tokenize_ = tokenize_with(tokenize_.tokenizer->with_token(token, std::move(ids)));
  changed.config_.vocab_size += vectors.size(0);
  if (weights_->empty()) return changed;
  const auto add_rows = [&](const nn::WeightSpec& spec, const at::Tensor& table) {
    return spec.name == models::kTokenTable ? at::cat({table, vectors.to(table.options())}) : table;
  };
  changed.weights_ =
      std::make_shared<const nn::BoundWeights>(nn::edited(program_, *weights_, add_rows));
  return changed;
}

nn::NamedTensors TextEncoder::encode(std::string_view prompt, bool weighted,
                                     const std::vector<std::string>& outputs) const {
  const text::WeightedTokens tokens = tokenize_.run(prompt, weighted);
  nn::NamedTensors states = run_on(tokens, outputs);
  for (auto& [name, state] : states) {
    if (state.dim() == 3) state = apply_weights(state, tokens.weights);
  }
  return states;
}

at::Tensor TextEncoder::encode_without_last(std::string_view prompt, bool weighted,
                                            int skipped) const {
  const std::string last = models::hidden_state(config_.layers),
                    kept = models::hidden_state(config_.layers - skipped);
  const text::WeightedTokens tokens = tokenize_.run(prompt, weighted);
  const nn::NamedTensors normed =
      nn::run(program_.extract({last}, {"last_hidden_state"}), *weights_, *ops_,
              {{last, run_on(tokens, {kept}).at(kept)}});
  return apply_weights(normed.at("last_hidden_state"), tokens.weights);
}

nn::NamedTensors TextEncoder::run_on(const text::WeightedTokens& tokens,
                                     const std::vector<std::string>& outputs) const {
  const std::vector<std::int64_t>& ids = tokens.prompt.ids;
  check_ids(ids, config_);
  const auto options = at::TensorOptions(weights_->placement().device).dtype(at::kLong);
  return nn::run(program_.extract(program_.input_names(), outputs), *weights_, *ops_,
                 {{"input_ids", at::tensor(ids, options).unsqueeze(0)},
                  {"end_index", at::tensor({models::end_index(config_, ids)}, options)}});
}

}  // namespace latentrt::pipeline
