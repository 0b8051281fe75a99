#include "pipeline/language_model_state.hpp"

#include "base/fail.hpp"

namespace latentrt {
namespace pipeline {

const text::ByteLevelTokenizer& tokenizer_of(const TextModel::State& model) {
  if (!model.tokenizer)
    fail(Code::unsupported, "the model has no tokenizer.json: its prompts are token ids");
  return *model.tokenizer;
}

}  // namespace pipeline

TextOptions default_text_options(const TextModel& model) { return model.state()->defaults; }

TextModelInfo TextModel::info() const { return state_->info; }

TokenIds TextModel::encode(std::string_view text) const {
  return pipeline::tokenizer_of(*state_).encode(text);
}

std::string TextModel::as_conversation(std::string_view message) const {
  const pipeline::ConversationForm& form = state_->family->conversation;
  return form.before + std::string(message) + form.after;
}

std::string TextModel::decode(std::span<const std::int64_t> ids, bool skip_special) const {
  return pipeline::tokenizer_of(*state_).decode(ids, skip_special);
}

}  // namespace latentrt
