#pragma once
/// Packed weights on disk, so that the next start reads them instead of packing.

#include <filesystem>
#include <map>
#include <optional>
#include <string>

#include "nn/weights/packed_index.hpp"
#include "nn/weights/weights.hpp"

namespace latentrt::nn {

/// Everything that the packed form of a Program's weights depends on, except the weights
/// themselves: the nodes that read them, the type, the processor, the threads, LibTorch's version
/// and this library's.
std::string packing_key(const Program& program, const WeightPlacement& placement);

/// One file, read and checked as a whole. Immutable.
class PackedFile {
 public:
  /// Empty if the file does not exist, is truncated or damaged, has another key, does not fit the
  /// Program, or could have been written by another user (except root): kernels read the layouts
  /// without further checks.
  PackedFile(const std::filesystem::path& path, const std::string& key, const Program& program,
             const WeightPlacement& placement);

  /// The packed weight, for the only operation that reads it; empty if the file does not have it.
  std::optional<PlacedWeight> find(WeightId id) const;
  /// Number of layouts of all weights.
  std::size_t layouts() const noexcept { return layouts_; }

 private:
  void read(const std::filesystem::path& path, const std::string& key, const Program& program,
            const WeightPlacement& placement);

  at::Tensor memory_;
  std::map<WeightId, PlacedWeight> weights_;
  std::size_t layouts_ = 0;
};

/// Number of layouts in a file of these weights.
std::size_t packed_layouts(const BoundWeights& weights);

/// Replaces the file by one with all packed weights, which only this user may write. Throws
/// Error(io_error) if the system refuses; the old file is then unchanged.
void write_packed(const std::filesystem::path& path, const std::string& key,
                  const BoundWeights& weights);

}  // namespace latentrt::nn
