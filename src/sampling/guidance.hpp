#pragma once
/// Guidance: its scale, the rows that it needs, and the unconditional output.

#include <ATen/core/Tensor.h>

#include <cstddef>
#include <limits>
#include <string>
#include <vector>

#include "nn/run/executor.hpp"
#include "sampling/rows.hpp"

namespace latentrt::sampling {

/// The scale of guidance, and the steps on which it is on.
struct GuidancePolicy {
  double scale = 1;
  double rescale = 0;  ///< Lin et al. 2023, section 3.4
  std::size_t begin = 0, end = std::numeric_limits<std::size_t>::max();
  double delta = 1;  ///< weight of a virtual negative's noise; read by residual guidance only

  bool below_one = false;  ///< off only at a scale of exactly 1, not below

  bool active() const noexcept { return (below_one ? scale != 1 : scale > 1) && begin < end; }
  /// The policy at one step.
  GuidancePolicy at(std::size_t step) const noexcept {
    return step >= begin && step < end ? *this : GuidancePolicy{};
  }
  /// Rows per item of classifier-free guidance.
  std::int64_t rows_per_picture() const noexcept { return active() ? 2 : 1; }
  bool operator==(const GuidancePolicy&) const = default;
};

struct Call;
using State = nn::NamedTensors;

/// The guidance axis: which items have a row of the unconditional role, and the unconditional
/// output from which guidance extrapolates. Immutable. By default it is classifier-free guidance
/// (Ho and Salimans 2022): every guided item has both rows.
class GuidanceRule {
 public:
  virtual ~GuidanceRule() = default;
  virtual bool has_unconditional_row(std::size_t /*step*/) const { return true; }
  /// The unconditional output of each item [items,...]. `outputs` [items,...]: outputs of the rows
  /// of the unconditional role, and of the conditional role for items that have no other row. May
  /// store values in the state for later calls.
  virtual at::Tensor unconditional(State& /*state*/, const Call& /*call*/,
                                   const at::Tensor& outputs) const {
    return outputs;
  }
  /// Adds the values that the rule keeps in the state for new items, whose clean latents are
  /// `clean`.
  virtual void enter(State& /*entering*/, const at::Tensor& /*clean*/) const {}
  virtual std::string name() const { return "classifier-free"; }
};

/// One call of the network, for items that may be at different steps.
struct Call {
  std::size_t index = 0;           ///< indices in the session, from 0
  std::vector<std::size_t> steps;  ///< of each item
  GuidancePolicy guidance;         ///< of the session; guidance.at(step) is the guidance of an item
  RowTable rows;

  std::int64_t items() const { return std::ssize(steps); }
  /// Whether any item is guided.
  bool guided() const;
};

/// With the rows that the rule requires.
Call make_call(std::size_t index, std::vector<std::size_t> steps, const GuidancePolicy& guidance,
               const GuidanceRule& rule);

/// The network's outputs for each item of a call.
struct Outputs {
  nn::NamedTensors conditional;
  at::Tensor unconditional;  ///< part of the main output; undefined if no item is guided
};

}  // namespace latentrt::sampling
