#pragma once
/// Whole steps of a run as a Launch takes them: time embedding, network, guidance and the solver's update as one work for
/// each variant. A step finds its numbers in tables on the device, where it is told to look by a counter among its inputs.

#include <map>
#include <optional>
#include <string>
#include <utility>
#include <vector>

#include "sampling/gaussian/step_tables.hpp"
#include "sampling/plan.hpp"

namespace latentrt::sampling {

/// Whether a plan's steps are free of choices between network and update that the host makes.
bool can_record_steps(const Plan& plan);
/// What one work holds, and why no more, in words.
std::string describe_recording(const Plan& plan);

/// Keeps the history of a run on the device, and its works from run to run. Belongs to one thread; the Plan outlives it and
/// the Launch that was given its works.
class RecordedSteps {
 public:
  explicit RecordedSteps(const Plan& plan) : plan_(plan), tables_(plan) {}

  struct Step {
    std::size_t index;
    VariantId variant;
    bool guided;
  };
  /// `inputs`: the plan's other conditions, and what the variant loads. `noise` is undefined where the step draws none.
  /// Gives "next", the network's "out", and what the variant stores.
  nn::NamedTensors run(Launch& launch, const Step& step, const at::Tensor& latents,
                       const at::Tensor& noise, nn::NamedTensors inputs);

 private:
  /// What belongs to latents of one shape.
  struct Extent {
    at::Tensor ring;   ///< [slots,B,C,h,w]; undefined where no step has a history
    at::Tensor noise;  ///< the last that was drawn; undefined where no step draws
    std::map<std::pair<VariantId, bool>, nn::WorkPtr> works;
  };

  Extent& extent_of(const at::Tensor& latents);
  nn::WorkPtr make_work(const Variant& variant, bool guided, const at::Tensor& ring) const;
  nn::NamedTensors compute(const Variant& variant, const GuidancePolicy& guidance, at::Tensor ring,
                           const nn::NamedTensors& inputs) const;

  const Plan& plan_;
  StepTables tables_;
  std::map<std::vector<std::int64_t>, Extent> extents_;
};

}  // namespace latentrt::sampling
