#pragma once
/// Checkpoint files, from which a training run is resumed.

#include <cstdint>
#include <filesystem>
#include <string>

#include "nn/run/executor.hpp"

namespace latentrt::train {

struct Checkpoint {
  nn::NamedTensors tensors;    ///< weights and moments, fp32
  std::uint64_t updates = 0;   ///< number of updates done
  std::uint64_t examples = 0;  ///< number of examples used so far
  std::uint64_t seed = 0;      ///< all random values are derived from it and `updates`
  std::string task;
};

/// Writes a checkpoint, atomically. Throws Error(io_error, invalid_argument).
void write_checkpoint(const std::filesystem::path& file, const Checkpoint& checkpoint);

/// Reads a checkpoint whose tensors have the names and shapes of `like`. Throws Error: not_found;
/// bad_file if the file is not a checkpoint; invalid_argument for other names or shapes or another
/// task.
Checkpoint read_checkpoint(const std::filesystem::path& file, const nn::NamedTensors& like,
                           const std::string& task);

}  // namespace latentrt::train
