#include <latentrt/error.hpp>

#include "kernels/upsample/upsample.h"

namespace latentrt::kernels {

void upsample(const UpsampleArgs&, Stream) {
  throw Error(Code::unsupported, "upsample was asked to run on a GPU, but this build has no CUDA");
}

}  // namespace latentrt::kernels
