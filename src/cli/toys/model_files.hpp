#pragma once
/// The files that describe small models of the kind LLaDA.

#include <map>
#include <string>
#include <vector>

namespace latentrt::cli {

struct ToyModel {
  int hidden_size, layers, heads, intermediate_size;
  bool tied_embeddings;
  std::vector<std::string> words;  ///< tokens in addition to single bytes
  int gen_length;                  ///< of answers, which are one block, a token a step
};

/// config.json, tokenizer.json, tokenizer_config.json and generation_config.json. The last tokens
/// of the vocabulary are the end of an answer and the mask.
std::map<std::string, std::string> toy_model_files(const ToyModel& model);

}  // namespace latentrt::cli
