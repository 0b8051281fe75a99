#include "components/ldm_bert_class.hpp"

#include <utility>

#include "base/fail.hpp"
#include "components/clip_classes.hpp"
#include "io/names/stored_name.hpp"
#include "models/text/ldm_bert.hpp"
#include "text/word_piece.hpp"

namespace latentrt::pipeline {
namespace {

/// Prompt length of all models of this kind.
constexpr std::size_t kTokens = 77;

Component read(const io::Config& config) {
  const auto bert = models::LdmBertConfig::from(config);
  Component component;
  component.build = [bert] { return std::vector{models::build_ldm_bert(bert)}; };
  component.training_name = io::compvis_transformer_name;
  component.ignored = {"to_logits."};
  component.text = bert.text();
  return component;
}

std::vector<text::WeightedTokens> chunks_of(const text::WordPiece& tokenizer,
                                            std::string_view prompt, PromptReading reading) {
  if (reading.weighted || reading.long_prompts) {
    fail(Code::unsupported,
         "weights in prompts and prompts in parts are for models with a tokenizer of CLIP");
  }
  text::TokenizedPrompt tokens = tokenizer.encode(prompt);
  const std::size_t count = tokens.ids.size();
  std::vector<text::WeightedTokens> chunks;
  chunks.push_back({std::move(tokens), std::vector<float>(count, 1.0F)});
  return chunks;
}

}  // namespace

ComponentClass ldm_bert_class() { return {kLdmBertClass, read}; }

ComponentPlace ldm_bert_place(const std::string& name) {
  ComponentPlace place{.name = name,
                       .use = Use::text_encoder,
                       .classes = {ldm_bert_class()},
                       .tokenizer = "tokenizer",
                       .load_tokenizer = load_word_piece};
  for (ComponentClass& clip : clip_classes()) place.classes.push_back(std::move(clip));
  return place;
}

Tokenize load_word_piece(const std::filesystem::path& folder, std::optional<std::int64_t> pad_id) {
  if (!text::WordPiece::is_in(folder)) return load_clip_tokenizer(folder, pad_id);
  const auto run = [tokenizer = text::WordPiece::load(folder, kTokens)](std::string_view prompt,
                                                                        PromptReading reading) {
    return chunks_of(tokenizer, prompt, reading);
  };
  return {run, {}};
}

}  // namespace latentrt::pipeline
