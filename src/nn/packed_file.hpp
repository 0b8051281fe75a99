#pragma once
/// Packed weights on disk, so that the next start reads them and packs nothing.

#include <filesystem>
#include <optional>
#include <string>
#include <vector>

#include "nn/weights.hpp"

namespace latentrt::nn {

/// All that the packed form of a Program's weights follows from but the weights themselves: the nodes that read them, the
/// type, the processor, the threads, LibTorch's version and this library's.
std::string packing_key(const Program& program, const WeightPlacement& placement);

/// One file, read as a whole. Immutable.
class PackedFile {
 public:
  /// A file that is not there, was cut, is damaged in what describes it or has another key holds nothing.
  PackedFile(const std::filesystem::path& path, const std::string& key);

  /// The weight as it was packed, for the one operation that reads it; nothing where the file does not have it.
  std::optional<PlacedWeight> find(WeightId id, const Op& reader) const;
  /// How many layouts of weights there are.
  std::size_t layouts() const;

 private:
  struct Stored {
    WeightId id = -1;
    PackedKernel::Layouts layouts;
    std::shared_ptr<const QuantizedWeight> quantized;  ///< of the one layout
  };

  void read(const std::filesystem::path& path, const std::string& key);

  at::Tensor memory_;
  std::vector<Stored> weights_;
};

/// How many layouts a file of these weights would have.
std::size_t packed_layouts(const BoundWeights& weights);

/// Replaces the file by one with all weights that are packed. Throws Error(io_error) where the system refuses, which leaves
/// the file as it was.
void write_packed(const std::filesystem::path& path, const std::string& key,
                  const BoundWeights& weights);

}  // namespace latentrt::nn
