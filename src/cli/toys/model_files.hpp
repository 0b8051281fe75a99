#pragma once
/// Files that describe small models of the LLaDA family.

#include <map>
#include <string>
#include <vector>

namespace latentrt::cli {

struct ToyModel {
  int hidden_size, layers, heads, intermediate_size;
  bool tied_embeddings;
  std::vector<std::string> words;  ///< tokens in addition to single bytes
  int gen_length;                  ///< tokens of an answer: one block, one token a step
};

/// Returns the contents of config.json, tokenizer.json, tokenizer_config.json and
/// generation_config.json, by file name. The last tokens of the vocabulary are the end of an answer
/// and the mask.
std::map<std::string, std::string> toy_model_files(const ToyModel& model);

}  // namespace latentrt::cli
