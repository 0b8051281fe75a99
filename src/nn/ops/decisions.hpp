#pragma once
/// What computes each node of a Program, kept for the runs to come: it is decided on the first run
/// with inputs of some shapes, types and layouts, and read on every later one.

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

/// What a decision may depend on of a tensor: everything but its values and its address, of which
/// the alignment counts.
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

/// Everything on which the decisions of a run depend: results of nodes have the same traits
/// wherever the inputs of the Program have.
struct Occasion {
  /// `values` by their ids; those of the Program's inputs are read.
  Occasion(const Program& program, const BoundWeights& weights, std::span<const at::Tensor> values);
  bool operator==(const Occasion&) const = default;
  /// Whether it is that of such a run. Allocates nothing.
  bool is_of(const Program& run, const BoundWeights& weights, bool with_gradients,
             std::span<const at::Tensor> values) const;

  std::uint64_t program, epoch;
  /// Autograd records the run, and an input or a weight requires grad.
  bool gradients;
  std::vector<TensorTraits> inputs;
};

/// One a node, in the Program's order.
using Implementations = std::vector<Implementation>;

/// A bounded number of runs, of which the least recently used goes first. Any thread may use it.
class Decisions {
 public:
  /// Null where nothing is kept for such a run, whose `values` are as in Occasion. Allocates
  /// nothing.
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
