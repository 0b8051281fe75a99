#pragma once
/// Stores which implementation computes each node of a Program: it is decided on the first run with
/// inputs of given shapes, types and layouts, and looked up on later ones.

#include <ATen/core/Tensor.h>
#include <c10/util/DimVector.h>

#include <cstdint>
#include <list>
#include <memory>
#include <mutex>
#include <span>
#include <vector>

namespace latentrt::nn {

class BoundWeights;
class Program;
struct Implementation;

/// The properties of a tensor that a decision may depend on: everything but its values and its
/// address, except for the address's alignment.
class TensorTraits {
 public:
  TensorTraits(const at::Tensor& tensor);

  bool are_of(const at::Tensor& tensor) const;
  bool operator==(const TensorTraits&) const = default;

 private:
  c10::DimVector sizes_, strides_;
  c10::ScalarType type_ = c10::ScalarType::Undefined;
  c10::Device device_ = c10::kCPU;
  std::uintptr_t misalignment_ = 0;
};

/// Everything that the decisions of a run depend on: if the Program's inputs have equal traits, so
/// have the results of all nodes.
struct Occasion {
  /// `values` are indexed by id; those of the Program's inputs are read.
  Occasion(const Program& program, const BoundWeights& weights, std::span<const at::Tensor> values);
  bool operator==(const Occasion&) const = default;
  /// Whether it equals that of such a run. Allocates nothing.
  bool is_of(const Program& run, const BoundWeights& weights, bool with_gradients,
             std::span<const at::Tensor> values) const;

  std::uint64_t program, epoch;
  /// Whether autograd records the run and an input or a weight requires grad.
  bool gradients;
  std::vector<TensorTraits> inputs;
};

/// One per node, in the Program's order.
using Implementations = std::vector<Implementation>;

/// A bounded number of runs; the least recently used one is dropped first. Any thread may use it.
class Decisions {
 public:
  /// Null if nothing is stored for such a run; `values` as in Occasion. Allocates nothing.
  std::shared_ptr<const Implementations> find(const Program& program, const BoundWeights& weights,
                                              std::span<const at::Tensor> values);
  void keep(Occasion occasion, Implementations decided);

 private:
  struct Kept {
    Occasion occasion;
    std::shared_ptr<const Implementations> decided;
  };

  std::mutex mutex_;
  /// Guarded by the mutex; the most recently used comes first.
  std::list<Kept> kept_;
};

}  // namespace latentrt::nn
