#include "kernels/guided_step.h"

#include "base/fail.hpp"

namespace latentrt::kernels {
namespace {

void require(bool holds, const char* what) {
  if (!holds) fail(Code::internal, "guided_step: {}", what);
}

}  // namespace

void check(const GuidedStepArgs& args) {
  const StepCoefficients<double>& c = args.coefficients;
  require(args.rows >= 0 && args.row_size >= 0, "a size is negative");
  require(args.next_input_copies >= 0, "next_input_copies is negative");
  if (args.rows == 0 || args.row_size == 0) return;
  require(args.sample != nullptr, "sample is missing");
  require(args.conditional != nullptr, "the network's output is missing");
  require(args.next != nullptr, "next is missing");
  require(c.noise_weight == 0 || args.noise != nullptr, "the step needs noise and there is none");
  for (int j = 0; j < kMaxStepHistory; ++j) {
    require(c.history_weights[j] == 0 || args.history[j] != nullptr,
            "the step needs a history entry that is missing");
  }
}

}  // namespace latentrt::kernels
