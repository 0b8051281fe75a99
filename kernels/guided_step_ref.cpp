#include "kernels/guided_step_ref.h"

#include "kernels/guided_step_block.h"
#include "kernels/guided_step_dispatch.h"

namespace latentrt::kernels {
namespace {

template <class Output, class Input, int kWidth>
void step_rows(const GuidedStepArgs& args) {
  const StepCoefficients<double>& c = args.coefficients;
  for (std::int64_t row = 0; row < args.rows; ++row) {
    double factor = 1;
    if (rescales(args)) {
      factor = row_factor(lane_moments<double, Output, kWidth>(args, c.guidance_scale, row, 0, 1),
                          c.guidance_rescale);
    }
    for (std::int64_t i = 0; i < args.row_size; i += kWidth) {
      step_pack<double, Output, Input, kWidth>(args, c, factor, row * args.row_size + i);
    }
  }
}

}  // namespace

void guided_step_ref(const GuidedStepArgs& args) {
  check(args);
  with_instance(args, [&](auto output, auto input, auto width) {
    step_rows<decltype(output), decltype(input), width.value>(args);
  });
}

}  // namespace latentrt::kernels
