#include <latentrt/error.hpp>

#include "kernels/group_norm/group_norm.h"

namespace latentrt::kernels {

void group_norm(const GroupNormArgs&, Stream) {
  throw Error(Code::unsupported,
              "group_norm was asked to run on a GPU, but this build has no CUDA");
}

}  // namespace latentrt::kernels
