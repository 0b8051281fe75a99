#pragma once
/// Whole steps of a run or a stream as one work of the device: time embedding, network, guidance
/// and the solver's update. A step reads its coefficients from tables on the device, at the row
/// selected by a counter among its inputs.

#include <map>
#include <optional>
#include <string>
#include <vector>

#include "sampling/gaussian/step_tables.hpp"
#include "sampling/plan.hpp"

namespace latentrt::sampling {

/// Whether the host makes no decisions between network and update in the plan's steps.
bool can_record_steps(const Plan& plan);
/// What one recording contains, and why not more, in words.
std::string describe_recording(const Plan& plan);

/// The name of a group's value among the inputs of a step.
std::string in_group(std::size_t group, const std::string& value);

/// Results of a recorded step.
struct Recorded {
  State state;                          ///< the next sample
  Outputs outputs;                      ///< of the network, for each item
  std::vector<nn::NamedTensors> parts;  ///< of the network, for each group
};

/// Keeps the history of a run on the device, and its recordings between runs. Belongs to one
/// thread; the Plan outlives it, and so does the Launch to which its work was passed.
class RecordedSteps {
 public:
  explicit RecordedSteps(const Plan& plan) : plan_(plan) {}

  /// `inputs`: the values from the prompts, and those loaded by groups, by in_group(). `noise` is
  /// undefined if the step draws none. Results are valid until the next call with such inputs.
  Recorded run(Launch& launch, const Call& call, const Groups& groups, const State& state,
               const at::Tensor& noise, nn::NamedTensors inputs);

 private:
  /// The data for samples of one shape, at these steps.
  struct Extent {
    StepTables tables;
    at::Tensor ring;   ///< [slots,B,C,h,w]; undefined if no step has a history
    at::Tensor noise;  ///< the last noise that was drawn; undefined if no step draws
    /// Indexed by the groups, and by the names in the state.
    std::map<std::pair<Groups, std::vector<std::string>>, nn::WorkPtr> works;
  };

  Extent& extent_of(const Call& call, const at::Tensor& sample);
  nn::WorkPtr make_work(const Extent& extent, const Call& call, const Groups& groups,
                        std::vector<std::string> state) const;

  const Plan& plan_;
  GuidancePolicy guidance_;  ///< extents that it was made for
  std::map<std::pair<std::vector<std::int64_t>, StepLayout>, Extent> extents_;
};

}  // namespace latentrt::sampling
