#include "components/tokenize.hpp"

#include <functional>
#include <random>
#include <utility>

#include "base/fail.hpp"
#include "text/long_prompt.hpp"

namespace latentrt::pipeline {
namespace {

std::vector<text::WeightedTokens> one_chunk(text::WeightedTokens tokens) {
  std::vector<text::WeightedTokens> chunks;
  chunks.push_back(std::move(tokens));
  return chunks;
}

}  // namespace

Tokenize tokenize_with(text::ClipTokenizer tokenizer) {
  const auto run = [tokenizer](std::string_view prompt, PromptReading reading) {
    if (reading.long_prompts) return text::tokenize_in_chunks(tokenizer, prompt, reading.weighted);
    if (reading.weighted) return one_chunk(text::tokenize_weighted(tokenizer, prompt));
    text::TokenizedPrompt tokens = tokenizer.encode(prompt);
    const std::size_t count = tokens.ids.size();
    return one_chunk({std::move(tokens), std::vector<float>(count, 1.0F)});
  };
  return {run, std::move(tokenizer)};
}

Tokenize load_clip_tokenizer(const std::filesystem::path& folder,
                             std::optional<std::int64_t> pad_id) {
  text::ClipTokenizer tokenizer = text::ClipTokenizer::load(folder);
  return tokenize_with(pad_id ? tokenizer.padded_with(*pad_id) : std::move(tokenizer));
}

Tokenize tokenize_randomly(const models::ClipConfig& config) {
  const auto run = [config](std::string_view prompt, PromptReading) {
    std::mt19937_64 engine(std::hash<std::string_view>{}(prompt));
    std::uniform_int_distribution<std::int64_t> id(0, config.vocab_size - 1);
    text::WeightedTokens tokens;
    for (std::int64_t i = 0; i < config.positions; ++i) tokens.prompt.ids.push_back(id(engine));
    tokens.weights.assign(tokens.prompt.ids.size(), 1.0F);
    return one_chunk(std::move(tokens));
  };
  return {run, {}};
}

Tokenize missing_tokenizer(std::string component) {
  const auto run = [component = std::move(component)](
                       std::string_view, PromptReading) -> std::vector<text::WeightedTokens> {
    fail(Code::invalid_argument,
         "the model has no '{}' folder: name a tokenizer directory, or give embeddings", component);
  };
  return {run, {}};
}

}  // namespace latentrt::pipeline
