#pragma once
/// LDMBertModel as a component.

#include "components/component.hpp"

namespace latentrt::pipeline {

inline constexpr const char* kLdmBertClass = "LDMBertModel";

ComponentClass ldm_bert_class();

/// A text encoder of that class, or of a CLIP class, with the folder "tokenizer".
ComponentPlace ldm_bert_place(const std::string& name);

/// WordPiece, or CLIP's tokenizer if the folder has one.
Tokenize load_word_piece(const std::filesystem::path& folder, std::optional<std::int64_t> pad_id);

}  // namespace latentrt::pipeline
