#pragma once
/// Whole steps of a run or a stream as one work of the device: time embedding, network, guidance
/// and the solver's update. A step finds its coefficients in tables on the device, at the row that
/// a counter among its inputs says.

#include <map>
#include <optional>
#include <string>
#include <vector>

#include "sampling/gaussian/step_tables.hpp"
#include "sampling/plan.hpp"

namespace latentrt::sampling {

/// Whether a plan's steps are free of choices between network and update that the host makes.
bool can_record_steps(const Plan& plan);
/// What one work holds, and why no more, in words.
std::string describe_recording(const Plan& plan);

/// The name of a group's value among the inputs of a step.
std::string in_group(std::size_t group, const std::string& value);

/// What a recorded step leaves.
struct Recorded {
  State state;                          ///< the next one
  Outputs outputs;                      ///< of the network, for each item
  std::vector<nn::NamedTensors> parts;  ///< of the network, for each group
};

/// Keeps the history of a run on the device, and its works from run to run. Belongs to one thread;
/// the Plan outlives it and the Launch that was given its works.
class RecordedSteps {
 public:
  explicit RecordedSteps(const Plan& plan) : plan_(plan) {}

  /// `inputs`: what the prompts give, and what groups load, by in_group(). `noise` is undefined
  /// where the step draws none. Results are valid until the next call with such inputs.
  Recorded run(Launch& launch, const Call& call, const Groups& groups, const State& state,
               const at::Tensor& noise, nn::NamedTensors inputs);

 private:
  /// What belongs to samples of one shape, at these steps.
  struct Extent {
    StepTables tables;
    at::Tensor ring;   ///< [slots,B,C,h,w]; undefined where no step has a history
    at::Tensor noise;  ///< the last that was drawn; undefined where no step draws
    /// By the groups, and the names of what the state has.
    std::map<std::pair<Groups, std::vector<std::string>>, nn::WorkPtr> works;
  };

  Extent& extent_of(const Call& call, const at::Tensor& sample);
  nn::WorkPtr make_work(const Extent& extent, const Call& call, const Groups& groups,
                        std::vector<std::string> state) const;

  const Plan& plan_;
  GuidancePolicy guidance_;  ///< that the extents are for
  std::map<std::pair<std::vector<std::int64_t>, StepLayout>, Extent> extents_;
};

}  // namespace latentrt::sampling
