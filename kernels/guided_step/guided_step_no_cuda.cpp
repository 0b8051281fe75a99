#include <latentrt/error.hpp>

#include "kernels/guided_step/guided_step_table.h"

namespace latentrt::kernels {

void guided_step(const GuidedStepArgs&, Stream) {
  throw Error(Code::unsupported,
              "guided_step was asked to run on a GPU, but this build has no CUDA");
}

void guided_step(const GuidedStepArgs& args, const StepTable<float>&, Stream stream) {
  guided_step(args, stream);
}

}  // namespace latentrt::kernels
