#pragma once
/// Packed weights of a model in a folder, a file for each of its networks.

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
  /// The folder is made where it does not exist. Throws Error(invalid_argument) where that is not
  /// possible, or it cannot be written to.
  explicit PackCache(std::filesystem::path folder);

  /// The network's weights: packed ones as its file has them, where that is of the same stored
  /// weights, machine, threads and versions. Throws what nn::bind_weights throws.
  std::shared_ptr<const nn::BoundWeights> bind(const nn::Program& program,
                                               const io::WeightMap& stored,
                                               const nn::WeightPlacement& placement,
                                               std::string_view component);

  /// Writes the files that lack something by now: all weights, or layouts that runs at new sizes
  /// have asked for. Throws Error(io_error); each file is the old or the new one.
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
