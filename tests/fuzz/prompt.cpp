/// Prompts: bracket weights and byte-pair encoding with a small trained vocabulary.
#include <cmath>

#include "fuzz/check.hpp"
#include "text/weighted_prompt.hpp"

using namespace latentrt;

namespace {

void check_spans(std::string_view prompt) {
  std::size_t bytes = 0;
  for (const text::WeightedSpan& span : text::parse_weighted_prompt(prompt)) {
    fuzz::require(std::isfinite(span.weight), "weights are finite");
    bytes += span.text.size();
  }
  fuzz::require(bytes <= prompt.size(), "spans are parts of the prompt");
}

void check_ids(const text::ClipTokenizer& tokenizer, const text::TokenizedPrompt& tokens) {
  fuzz::require(tokens.ids.size() == tokenizer.length(), "a prompt fills its length");
  fuzz::require(tokens.ids.front() == tokenizer.begin_id(), "a prompt begins");
  fuzz::require(tokens.truncated == (tokens.token_count > tokenizer.length() - 2),
                "a cut prompt says so");
  for (const std::int64_t id : tokens.ids) {
    fuzz::require(id >= 0 && static_cast<std::size_t>(id) < tokenizer.vocab_size(),
                  "ids are in the vocabulary");
  }
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  static const auto tokenizer = text::ClipTokenizer::load(LATENTRT_FUZZ_TOKENIZER);
  const std::string_view prompt = fuzz::text_of(data, size);
  fuzz::refusable([&] { check_spans(prompt); });
  fuzz::refusable([&] { check_ids(tokenizer, tokenizer.encode(prompt)); });
  fuzz::refusable([&] { check_ids(tokenizer, text::tokenize_weighted(tokenizer, prompt).prompt); });
  return 0;
}
