#include "kernels/guided_step/guided_step.h"

#include "base/fail.hpp"
#include "kernels/guided_step/guided_step_table.h"

namespace latentrt::kernels {
namespace {

void require(bool holds, const char* what) {
  if (!holds) fail(Code::internal, "guided_step: {}", what);
}

/// Checks that apply to every step, whatever its coefficients.
void check_buffers(const GuidedStepArgs& args) {
  require(args.rows >= 0 && args.row_size >= 0, "a size is negative");
  require(args.next_input_copies >= 0, "next_input_copies is negative");
  if (args.rows == 0 || args.row_size == 0) return;
  require(args.sample != nullptr, "sample is missing");
  require(args.conditional != nullptr, "the network's output is missing");
  require(args.next != nullptr, "next is missing");
}

}  // namespace

void check(const GuidedStepArgs& args) {
  const StepCoefficients<double>& c = args.coefficients;
  check_buffers(args);
  if (args.rows == 0 || args.row_size == 0) return;
  require(c.noise_weight == 0 || args.noise != nullptr || args.noise_seeds != nullptr,
          "the step needs noise and there is none");
  for (int j = 0; j < kMaxStepHistory; ++j) {
    require(c.history_weights[j] == 0 || args.history[j] != nullptr,
            "the step needs a history entry that is missing");
  }
}

template <class Real>
void check(const GuidedStepArgs& args, const StepTable<Real>& table) {
  check_buffers(args);
  require(table.steps >= 0, "the number of steps is negative");
  require(table.entry_rows == 1 || table.entry_rows == args.rows, "entries fit no rows");
  require(table.entries != nullptr && table.counter != nullptr, "the table or counter is missing");
}

template void check(const GuidedStepArgs& args, const StepTable<float>& table);
template void check(const GuidedStepArgs& args, const StepTable<double>& table);

}  // namespace latentrt::kernels
