#include <latentrt/error.hpp>

#include "kernels/geglu/geglu.h"

namespace latentrt::kernels {

void geglu(const GegluArgs&, Stream) {
  throw Error(Code::unsupported, "geglu was asked to run on a GPU, but this build has no CUDA");
}

}  // namespace latentrt::kernels
