#pragma once
/// guided_step on the host, in double precision: the reference for tests of the CUDA kernel, and
/// the implementation for runs on the CPU.

#include "kernels/guided_step/guided_step.h"

namespace latentrt::kernels {

/// One pass (two over the network's output when rescaling), on the calling thread, without
/// allocation. Throws what check throws. A result of a 16-bit type is rounded to fp32 first.
void guided_step_ref(const GuidedStepArgs& args);

}  // namespace latentrt::kernels
