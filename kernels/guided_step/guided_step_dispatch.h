#pragma once
/// Selects the template instance by the run-time types and alignment of a step's buffers.

#include <type_traits>

#include "kernels/common/element.h"
#include "kernels/guided_step/guided_step.h"

namespace latentrt::kernels {

inline bool packs_fit(const GuidedStepArgs& args) {
  const auto element_size = [](DType dtype) {
    return with_element(dtype, [](auto element) { return sizeof element; });
  };
  bool fit = args.row_size % kPackWidth == 0;
  for (const float* source : args.history) fit = fit && pack_aligned(source, sizeof(float));
  for (const float* buffer : {args.sample, args.noise, static_cast<const float*>(args.next),
                              static_cast<const float*>(args.pushed)}) {
    fit = fit && pack_aligned(buffer, sizeof(float));
  }
  for (const void* output : {args.conditional, args.unconditional}) {
    fit = fit && pack_aligned(output, element_size(args.output_dtype));
  }
  return fit && pack_aligned(args.next_input, element_size(args.next_input_dtype));
}

/// For a step with a table: its slots have the alignment of the ring.
inline GuidedStepArgs with_ring(GuidedStepArgs args, float* ring) {
  args.pushed = ring;
  return args;
}

/// Calls visit(Output{}, Input{}, width), where width is an integral_constant: kPackWidth or 1.
template <class Visit>
void with_instance(const GuidedStepArgs& args, Visit&& visit) {
  with_element(args.output_dtype, [&](auto output) {
    with_element(args.next_input_dtype, [&](auto input) {
      if (packs_fit(args)) {
        visit(output, input, std::integral_constant<int, kPackWidth>{});
      } else {
        visit(output, input, std::integral_constant<int, 1>{});
      }
    });
  });
}

}  // namespace latentrt::kernels
