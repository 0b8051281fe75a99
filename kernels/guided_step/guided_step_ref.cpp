#include "kernels/guided_step/guided_step_ref.h"

#include "kernels/guided_step/guided_step_block.h"
#include "kernels/guided_step/guided_step_dispatch.h"

namespace latentrt::kernels {
namespace {

template <class Output, class Input, int kWidth>
void step_row(const GuidedStepArgs& args, const StepCoefficients<double>& c, std::int64_t row) {
  double factor = 1;
  if (rescales(args, c)) {
    factor = row_factor(lane_moments<double, Output, kWidth>(args, c.guidance_scale, row, 0, 1),
                        c.guidance_rescale);
  }
  for (std::int64_t i = 0; i < args.row_size; i += kWidth)
    step_pack<double, Output, Input, kWidth>(args, c, factor, row, i);
}

}  // namespace

void guided_step_ref(const GuidedStepArgs& args) {
  check(args);
  with_instance(args, [&](auto output, auto input, auto width) {
    for (std::int64_t row = 0; row < args.rows; ++row)
      step_row<decltype(output), decltype(input), width.value>(args, args.coefficients, row);
  });
}

void guided_step_ref(const GuidedStepArgs& args, const StepTable<double>& table) {
  check(args, table);
  with_instance(with_ring(args, table.ring), [&](auto output, auto input, auto width) {
    for (std::int64_t row = 0; row < args.rows; ++row) {
      const StepEntry<double>* const entry = table.entry(row);
      if (entry == nullptr) return;
      step_row<decltype(output), decltype(input), width.value>(at_entry(args, table.ring, *entry),
                                                               entry->coefficients, row);
    }
  });
}

}  // namespace latentrt::kernels
