#include <latentrt/error.hpp>

#include "kernels/concat/concat.h"

namespace latentrt::kernels {

void concat(const ConcatArgs&, Stream) {
  throw Error(Code::unsupported, "concat was asked to run on a GPU, but this build has no CUDA");
}

}  // namespace latentrt::kernels
