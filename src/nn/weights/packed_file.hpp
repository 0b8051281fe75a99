#pragma once
/// Packed weights on disk, so that the next start reads them and packs nothing.

#include <filesystem>
#include <map>
#include <optional>
#include <string>

#include "nn/weights/packed_index.hpp"
#include "nn/weights/weights.hpp"

namespace latentrt::nn {

/// All that the packed form of a Program's weights follows from but the weights themselves: the
/// nodes that read them, the type, the processor, the threads, LibTorch's version and this
/// library's.
std::string packing_key(const Program& program, const WeightPlacement& placement);

/// One file, read and checked as a whole. Immutable.
class PackedFile {
 public:
  /// Holds nothing when the file is not there, was cut, is damaged anywhere, has another key, does
  /// not fit the Program, or is one that another user (root aside) could have written: layouts are
  /// read by kernels that trust them.
  PackedFile(const std::filesystem::path& path, const std::string& key, const Program& program,
             const WeightPlacement& placement);

  /// The weight as it was packed, for the one operation that reads it; nothing where the file does
  /// not have it.
  std::optional<PlacedWeight> find(WeightId id) const;
  /// How many layouts of weights there are.
  std::size_t layouts() const noexcept { return layouts_; }

 private:
  void read(const std::filesystem::path& path, const std::string& key, const Program& program,
            const WeightPlacement& placement);

  at::Tensor memory_;
  std::map<WeightId, PlacedWeight> weights_;
  std::size_t layouts_ = 0;
};

/// How many layouts a file of these weights would have.
std::size_t packed_layouts(const BoundWeights& weights);

/// Replaces the file by one with all weights that are packed, which only this user may write.
/// Throws Error(io_error) where the system refuses, which leaves the file as it was.
void write_packed(const std::filesystem::path& path, const std::string& key,
                  const BoundWeights& weights);

}  // namespace latentrt::nn
