#pragma once
/// A masked language model of a few hundred weights, with random ones, for what is about training.

#include <latentrt/text.hpp>
#include <latentrt/train.hpp>

#include "support/temp_dir.hpp"

namespace latentrt::testing {

inline constexpr std::int64_t kTinyVocabulary = 12, kTinyMask = 11, kTinySymbols = 6;

inline constexpr const char* kTinyConfig =
    R"({"model_type": "llada", "d_model": 16, "n_layers": 1, "n_heads": 2, "n_kv_heads": 2, "mlp_hidden_size": 24,
        "vocab_size": 12, "embedding_size": 12, "weight_tying": false, "max_sequence_length": 16,
        "activation_type": "silu", "mask_token_id": 11, "eos_token_id": 10})";

/// The folder holds config.json afterwards.
inline TextModel tiny_masked_model(const TempDir& folder, std::uint64_t seed = 1) {
  folder.write("config.json", kTinyConfig);
  return TextModel::load(Context::create(), folder.path(), {.random_weights = seed});
}

/// `abcddcba`, after the prompt 9.
inline TextExample mirror_example(std::uint64_t number) {
  TokenIds half;
  for (std::uint64_t rest = number * 7919 + 13; half.size() < 4; rest /= kTinySymbols)
    half.push_back(static_cast<std::int64_t>(rest % kTinySymbols));
  TokenIds answer = half;
  answer.insert(answer.end(), half.rbegin(), half.rend());
  return {{9}, answer};
}

inline bool is_mirrored(const TokenIds& answer) {
  return std::equal(answer.begin(), answer.end(), answer.rbegin());
}

}  // namespace latentrt::testing
