#include <latentrt/error.hpp>

#include "kernels/guided_step.h"

namespace latentrt::kernels {

void guided_step(const GuidedStepArgs&, Stream) {
  throw Error(Code::unsupported,
              "guided_step was asked to run on a GPU, but this build has no CUDA");
}

}  // namespace latentrt::kernels
