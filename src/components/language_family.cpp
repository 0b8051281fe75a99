#include "components/language_family.hpp"

#include "io/weights.hpp"

namespace latentrt::pipeline {

models::LlamaConfig read_llada(const io::Config& config) {
  return models::LlamaConfig::from_llada(config);
}

models::LlamaConfig read_dream(const io::Config& config) {
  return models::LlamaConfig::from_dream(config);
}

std::string llada_key(std::string_view stored) { return io::canonical_llada_key(stored); }

/// Some files contain the frequencies of the rotary embedding, which are computed here.
std::string transformers_key(std::string_view stored) {
  return stored.ends_with(".rotary_emb.inv_freq") ? std::string() : std::string(stored);
}

}  // namespace latentrt::pipeline
