#pragma once
/// Tensors of one component, bound to a Program's weight table.

#include <ATen/core/Tensor.h>

#include <cstdint>
#include <functional>
#include <latentrt/dtype.hpp>
#include <span>
#include <string>
#include <vector>

#include "io/weights.hpp"
#include "nn/program.hpp"

namespace latentrt::nn {

/// How weights are held: the dtype pass and the memory-format pass are this choice.
struct WeightPlacement {
  at::Device device = at::kCPU;
  DType dtype = DType::fp32;
  bool channels_last = true;  ///< convolution kernels as [O,k,k,I] in memory
};

/// The tensor on that device, in that dtype and memory format (itself where it already is).
at::Tensor placed(const at::Tensor& tensor, const WeightPlacement& placement);

/// Immutable after construction; shared between threads. The epoch distinguishes sets of weights, so that anything
/// derived from them (hoisted values, packed copies) can be keyed by it.
class BoundWeights {
 public:
  BoundWeights(std::vector<at::Tensor> tensors, WeightPlacement placement);

  const at::Tensor& operator[](WeightId id) const { return tensors_[static_cast<std::size_t>(id)]; }
  const WeightPlacement& placement() const noexcept { return placement_; }
  std::uint64_t epoch() const noexcept { return epoch_; }
  std::uint64_t bytes() const;
  bool empty() const noexcept { return tensors_.empty(); }  ///< checked, but not read

 private:
  std::vector<at::Tensor> tensors_;
  WeightPlacement placement_;
  std::uint64_t epoch_;
};

/// Changes a weight before it is placed: given the tensor as stored, returns the one to use instead (itself, usually).
using WeightEdit = std::function<at::Tensor(const WeightSpec&, const at::Tensor&)>;

/// Reads the Program's weights one tensor at a time (peak memory: the result plus one tensor). `component` starts
/// every error sentence. Throws Error(invalid_argument) with the missing names, or the tensor whose shape is another.
/// A stored shape may carry trailing ones (1x1 convolutions that are linear maps).
BoundWeights bind_weights(const Program& program, const io::WeightMap& stored,
                          const WeightPlacement& placement, std::string_view component,
                          const WeightEdit& edit = {});

/// The same weights with the edit applied; tensors that it leaves alone are shared.
BoundWeights edited(const Program& program, const BoundWeights& weights, const WeightEdit& edit);

/// The checks of bind_weights without the reading: the result holds no tensors.
BoundWeights check_weights(const Program& program, const io::WeightMap& stored,
                           const WeightPlacement& placement, std::string_view component);

/// Throws Error(invalid_argument) that lists names of `stored` that no program reads (the wrong model, usually).
/// Names that start with one of `ignored` are fine.
void refuse_unread_weights(std::span<const Program* const> programs, const io::WeightMap& stored,
                           std::span<const std::string> ignored, std::string_view component);

/// Seeded random weights of the Program's shapes, scaled so that activations stay of order one.
BoundWeights random_weights(const Program& program, std::uint64_t seed,
                            const WeightPlacement& placement);

}  // namespace latentrt::nn
