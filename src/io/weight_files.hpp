#pragma once
/// Finds a component's weight files among plain ones, variants, shards and formats that are
/// refused.

#include <filesystem>

#include "io/weights.hpp"

namespace latentrt::io {

/// Either one file, or an index with shards next to it.
struct FoundWeights {
  std::filesystem::path file;
  bool is_index = false;
};

/// Throws Error(not_found) that names the folder and the existing variants, or Error(unsafe_file)
/// if there are only pickles and those are refused.
FoundWeights find_weights(const std::filesystem::path& directory, const WeightFiles& files);

/// Whether the folder has weights of exactly that variant.
bool has_variant(const std::filesystem::path& directory, const WeightFiles& files);

}  // namespace latentrt::io
