#pragma once
/// Tensors of one component, bound to a Program's weight table.

#include <ATen/core/Tensor.h>

#include <cstdint>
#include <functional>
#include <latentrt/dtype.hpp>
#include <memory>
#include <optional>
#include <span>
#include <string>
#include <vector>

#include "io/weights.hpp"
#include "nn/program/program.hpp"
#include "nn/weights/packed.hpp"
#include "nn/weights/packed_index.hpp"
#include "nn/weights/quantized.hpp"
#include "nn/weights/scalar_type.hpp"
#include "nn/weights/scaled_matrix.hpp"

namespace latentrt::nn {

/// How weights are stored: selects the element type, the memory format and whether weights are
/// packed. On the CPU int8 needs can_quantize().
struct WeightPlacement {
  at::Device device = at::kCPU;
  DType dtype = DType::fp32;
  bool channels_last = true;  ///< convolution kernels as [O,k,k,I] in memory
  bool packed = false;        ///< kernels and matrices in the CPU's own layouts; needs can_pack()
  /// Element type of the tensors, if it differs from the dtype's: at::kDouble for gradient checks.
  std::optional<at::ScalarType> element{};

  /// Element type of plain weights and of the values between nodes.
  at::ScalarType element_type() const { return element.value_or(scalar_type(dtype)); }
  /// Memory format of kernels [O,I,k,k] and of pictures [N,C,H,W].
  at::MemoryFormat picture_format() const {
    return channels_last ? at::MemoryFormat::ChannelsLast : at::MemoryFormat::Contiguous;
  }
  bool operator==(const WeightPlacement&) const = default;
};

/// The tensor on that device, in that element type and memory format (itself where it already is).
at::Tensor placed(const at::Tensor& tensor, const WeightPlacement& placement,
                  at::MemoryFormat format = at::MemoryFormat::Contiguous);

/// A weight on its device: a tensor (which may be a packed matrix), a packed kernel, or an 8-bit
/// weight, of which there is one kind for the CPU and one for the GPU.
struct PlacedWeight {
  at::Tensor tensor{};
  std::shared_ptr<const PackedKernel> kernel{};
  std::shared_ptr<const QuantizedWeight> quantized{};
  std::shared_ptr<const ScaledMatrix> scaled{};
  at::Tensor memory{};  ///< owner of the memory that the others use, if they do not own it

  at::Tensor plain() const;
  std::uint64_t bytes() const;
};

class PackedFile;

/// Converts a Program's weights to the form in which they are stored.
class WeightPlacer {
 public:
  WeightPlacer(const Program& program, const WeightPlacement& placement);
  /// From a weight's parts, in their order.
  PlacedWeight operator()(WeightId id, const std::vector<at::Tensor>& parts) const;
  /// The packed ones, in the order of their ids.
  std::vector<PackableWeight> packable() const;
  /// Size of all weights, computed without reading them.
  std::uint64_t bytes() const;

 private:
  bool quantizes(WeightId id) const { return quantized_[static_cast<std::size_t>(id)]; }

  const WeightTable& weights_;
  WeightPlacement placement_;
  std::vector<const Op*> packable_;  ///< of each weight: the only operation that reads it, or null
  std::optional<kernels::EightBits> format_;  ///< of scaled matrices
  std::vector<bool> quantized_, kernels_;
};

/// A number that no set of weights has used yet.
std::uint64_t new_epoch();

/// Immutable after construction; shared between threads. The epoch distinguishes sets of weights,
/// so that anything derived from them (hoisted values, packed copies) can be keyed by it.
class BoundWeights {
 public:
  BoundWeights(std::vector<PlacedWeight> weights, WeightPlacement placement,
               std::uint64_t epoch = new_epoch());

  /// Undefined for packed kernels and 8-bit weights.
  const at::Tensor& operator[](WeightId id) const { return placed(id).tensor; }
  /// Null if the weight is of another kind.
  const PackedKernel* packed_kernel(WeightId id) const { return placed(id).kernel.get(); }
  const QuantizedWeight* quantized(WeightId id) const { return placed(id).quantized.get(); }
  const ScaledMatrix* scaled(WeightId id) const { return placed(id).scaled.get(); }
  const PlacedWeight& placed(WeightId id) const { return weights_[static_cast<std::size_t>(id)]; }
  const WeightPlacement& placement() const noexcept { return placement_; }
  std::uint64_t epoch() const noexcept { return epoch_; }
  std::uint64_t bytes() const;
  bool empty() const noexcept { return weights_.empty(); }  ///< checked, but not read
  std::size_t size() const noexcept { return weights_.size(); }

 private:
  std::vector<PlacedWeight> weights_;
  WeightPlacement placement_;
  std::uint64_t epoch_;
};

/// Changes a tensor of the checkpoint before it is converted: gets it as stored, and returns the
/// tensor to use instead (usually the same one).
using WeightEdit = std::function<at::Tensor(const WeightSpec&, const at::Tensor&)>;

/// Reads the Program's weights one tensor at a time (peak memory: the result plus one tensor).
/// `component` starts every error sentence. Throws Error(invalid_argument) with the missing names,
/// or the tensor whose shape differs. A stored shape may have trailing ones (1x1 convolutions that
/// are used as linear layers). Weights in `packed` are taken from there.
BoundWeights bind_weights(const Program& program, const io::WeightMap& stored,
                          const WeightPlacement& placement, std::string_view component,
                          const WeightEdit& edit = {}, const PackedFile* packed = nullptr);

/// The same weights with the edit applied; tensors that it does not change are shared.
BoundWeights edited(const Program& program, const BoundWeights& weights, const WeightEdit& edit);

/// The weights of the Program that joined() makes of two (passes/joined.hpp), if no other pass was
/// applied after it: tensors are shared, the epoch is new. Throws Error(invalid_argument) if the
/// two are stored in different ways.
BoundWeights joined(const BoundWeights& first, const BoundWeights& second);

/// The checks of bind_weights without the reading: the result holds no tensors.
BoundWeights check_weights(const Program& program, const io::WeightMap& stored,
                           const WeightPlacement& placement, std::string_view component);

/// Throws Error(invalid_argument) that lists names of `stored` that no program reads (usually the
/// wrong model). Names that start with one of `ignored` are accepted.
void refuse_unread_weights(std::span<const Program* const> programs, const io::WeightMap& stored,
                           std::span<const std::string> ignored, std::string_view component);

/// Seeded random weights with the Program's shapes, scaled so that activations are of order one.
BoundWeights random_weights(const Program& program, std::uint64_t seed,
                            const WeightPlacement& placement);

}  // namespace latentrt::nn
