#pragma once
/// A family of language models: how its files are recognised and read. The rest of the library
/// knows such families only as values of this type.

#include <string>
#include <string_view>
#include <vector>

#include "models/transformer/llama_config.hpp"

namespace latentrt::pipeline {

/// How a message becomes a prompt of a model that was trained on conversations.
struct ConversationForm {
  std::string before;    ///< a message of the user
  std::string after;     ///< it, up to where the answer begins
  std::string turn_end;  ///< the token that ends a turn
};

struct LanguageFamily {
  std::string name;
  /// "model_type" of config.json, in lower case.
  std::vector<std::string> model_types;
  /// Classes in "architectures" of config.json.
  std::vector<std::string> architectures;
  /// Throws Error(invalid_argument, unsupported) that names the field.
  models::LlamaConfig (*read)(const io::Config& config);
  /// Names of the Program's tensors for those of the files.
  std::string (*key_map)(std::string_view stored);
  /// Logits for a token are those of the token before it.
  bool shifted = false;
  ConversationForm conversation{};
};

/// Those of LLaDA and Dream.
models::LlamaConfig read_llada(const io::Config& config);
models::LlamaConfig read_dream(const io::Config& config);
std::string llada_key(std::string_view stored);
std::string transformers_key(std::string_view stored);

}  // namespace latentrt::pipeline
