#pragma once
/// Files from which a training continues.

#include <cstdint>
#include <filesystem>
#include <string>

#include "nn/run/executor.hpp"

namespace latentrt::train {

struct Checkpoint {
  nn::NamedTensors tensors;    ///< weights and moments, fp32
  std::uint64_t updates = 0;   ///< done
  std::uint64_t examples = 0;  ///< asked for so far
  std::uint64_t seed = 0;      ///< all random values follow from it and `updates`
  std::string task;
};

/// Atomically. Throws Error(io_error, invalid_argument).
void write_checkpoint(const std::filesystem::path& file, const Checkpoint& checkpoint);

/// With tensors of the names and shapes of `like`. Throws Error: not_found; bad_file for a file
/// that is none; invalid_argument for other names, shapes or another task.
Checkpoint read_checkpoint(const std::filesystem::path& file, const nn::NamedTensors& like,
                           const std::string& task);

}  // namespace latentrt::train
