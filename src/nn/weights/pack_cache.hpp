#pragma once
/// Packed weights of a model in a folder, one file for each of its networks.

#include <filesystem>
#include <memory>
#include <mutex>
#include <string>
#include <vector>

#include "io/weights.hpp"
#include "nn/weights/weights.hpp"

namespace latentrt::pipeline {

/// Any thread may use it.
class PackCache {
 public:
  /// Creates the folder if it does not exist. Throws Error(invalid_argument) if that is not
  /// possible, or if it is not writable.
  explicit PackCache(std::filesystem::path folder);

  /// The network's weights: packed ones are taken from its file, if that belongs to the same stored
  /// weights, machine, threads and versions. Throws what nn::bind_weights throws.
  std::shared_ptr<const nn::BoundWeights> bind(const nn::Program& program,
                                               const io::WeightMap& stored,
                                               const nn::WeightPlacement& placement,
                                               std::string_view component);

  /// Writes the files that are incomplete: with all weights, including layouts that runs at new
  /// sizes have added. Throws Error(io_error); each file is replaced atomically.
  void update();

 private:
  struct Entry {
    std::filesystem::path file;
    std::string key;
    std::shared_ptr<const nn::BoundWeights> weights;
    std::size_t layouts;  ///< in the file
  };

  const std::filesystem::path folder_;
  std::mutex mutex_;
  std::vector<Entry> entries_;
};

}  // namespace latentrt::pipeline
