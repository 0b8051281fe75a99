#include "components/text_encoder.hpp"

#include <ATen/ops/cat.h>
#include <ATen/ops/tensor.h>

#include <map>
#include <numeric>
#include <set>
#include <utility>

#include "base/fail.hpp"
#include "base/quote.hpp"
#include "components/token_weights.hpp"
#include "text/long_prompt.hpp"

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

}  // namespace

TextEncoder::TextEncoder(models::ClipConfig config, nn::Network network, Tokenize tokenize)
    : config_(config), network_(std::move(network)), tokenize_(std::move(tokenize)) {}

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
  changed.learned_.push_back({std::string(token), config_.vocab_size});
  if (weights().empty()) return changed;
  const auto add_rows = [&](const nn::WeightSpec& spec, const at::Tensor& table) {
    return spec.name == models::kTokenTable ? at::cat({table, vectors.to(table.options())}) : table;
  };
  changed.network_.weights =
      std::make_shared<const nn::BoundWeights>(nn::edited(program(), weights(), add_rows));
  return changed;
}

std::size_t TextEncoder::chunk_count(std::string_view prompt, PromptReading reading) const {
  return reading.long_prompts ? tokenize_.run(prompt, reading).size() : 1;
}

std::vector<text::WeightedTokens> TextEncoder::chunks_of(std::string_view prompt,
                                                         PromptReading reading,
                                                         std::size_t chunks) const {
  std::vector<text::WeightedTokens> all = tokenize_.run(prompt, reading);
  if (all.size() < chunks) all.resize(chunks, tokenize_.run("", {}).front());
  return all;
}

nn::NamedTensors TextEncoder::encode(std::string_view prompt, PromptReading reading,
                                     const std::vector<std::string>& outputs,
                                     std::size_t chunks) const {
  nn::NamedTensors first;
  std::map<std::string, std::vector<at::Tensor>> parts;
  for (const text::WeightedTokens& tokens : chunks_of(prompt, reading, chunks)) {
    nn::NamedTensors states = run_on(tokens, outputs);
    for (auto& [name, state] : states)
      if (state.dim() == 3) parts[name].push_back(apply_weights(state, tokens.weights));
    if (first.empty()) first = std::move(states);
  }
  for (const auto& [name, states] : parts)
    first[name] = states.size() == 1 ? states.front() : at::cat(states, 1);
  return first;
}

at::Tensor TextEncoder::encode_without_last(std::string_view prompt, PromptReading reading,
                                            int skipped, std::size_t chunks) const {
  const std::string last = models::hidden_state(config_.layers),
                    kept = models::hidden_state(config_.layers - skipped);
  const nn::Program norm = program().extract({last}, {"last_hidden_state"});
  std::vector<at::Tensor> parts;
  for (const text::WeightedTokens& tokens : chunks_of(prompt, reading, chunks)) {
    const nn::NamedTensors normed = network_.run(norm, {{last, run_on(tokens, {kept}).at(kept)}});
    parts.push_back(apply_weights(normed.at("last_hidden_state"), tokens.weights));
  }
  return parts.size() == 1 ? parts.front() : at::cat(parts, 1);
}

std::size_t TextEncoder::token_limit() const {
  constexpr std::size_t kEnds = 2;
  const auto positions = static_cast<std::size_t>(config_.positions);
  return (tokenize_.tokenizer ? tokenize_.tokenizer->length() : positions) - kEnds;
}

std::string TextEncoder::cut_part(std::string_view prompt, PromptReading reading) const {
  if (reading.long_prompts || !tokenize_.tokenizer) return "";
  return text::cut_part(*tokenize_.tokenizer, prompt, reading.weighted);
}

std::vector<std::string> TextEncoder::unused_words(const std::vector<std::string>& prompts) const {
  if (learned_.empty()) return {};
  std::set<std::int64_t> used;
  for (const std::string& prompt : prompts) {
    const std::vector<std::int64_t> ids = tokenize_.tokenizer->tokenize(prompt);
    used.insert(ids.begin(), ids.end());
  }
  std::vector<std::string> unused;
  for (const LearnedWord& learned : learned_)
    if (!used.contains(learned.first_id)) unused.push_back(learned.word);
  return unused;
}

nn::NamedTensors TextEncoder::run_on(const text::WeightedTokens& tokens,
                                     const std::vector<std::string>& outputs) const {
  const std::vector<std::int64_t>& ids = tokens.prompt.ids;
  check_ids(ids, config_);
  const auto options = at::TensorOptions(network_.device()).dtype(at::kLong);
  return network_.run(program().extract(program().input_names(), outputs),
                      {{"input_ids", at::tensor(ids, options).unsqueeze(0)},
                       {"end_index", at::tensor({models::end_index(config_, ids)}, options)}});
}

}  // namespace latentrt::pipeline
