#pragma once
/// A family of language models: how its files are recognised and read. The rest of the library
/// accesses such families only as values of this type.

#include <string>
#include <string_view>
#include <vector>

#include "models/transformer/llama_config.hpp"

namespace latentrt::pipeline {

/// The chat template: how a message becomes a prompt.
struct ConversationForm {
  std::string before;    ///< prefix of the user's message
  std::string after;     ///< suffix of the message, up to where the answer begins
  std::string turn_end;  ///< the token that ends a turn
};

/// A published size, by the name that benchmarks give it, and its config.json.
struct LanguageSize {
  std::string name;
  std::string config;
};

struct LanguageFamily {
  std::string name;
  /// "model_type" of config.json, in lower case.
  std::vector<std::string> model_types;
  /// Classes in "architectures" of config.json.
  std::vector<std::string> architectures;
  /// Throws Error(invalid_argument, unsupported) that names the field.
  models::LlamaConfig (*read)(const io::Config& config);
  /// Maps the Program's tensor names to those of the files.
  std::string (*key_map)(std::string_view stored);
  /// The logits for a token are computed at the token before it.
  bool shifted = false;
  ConversationForm conversation{};
  std::vector<LanguageSize> sizes{};
};

/// The families of LLaDA and Dream.
models::LlamaConfig read_llada(const io::Config& config);
models::LlamaConfig read_dream(const io::Config& config);
std::string llada_key(std::string_view stored);
std::string transformers_key(std::string_view stored);

}  // namespace latentrt::pipeline
