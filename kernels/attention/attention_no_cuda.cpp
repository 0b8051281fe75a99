#include <latentrt/error.hpp>

#include "kernels/attention/attention.h"

namespace latentrt::kernels {

void attention(const AttentionArgs&, Stream) {
  throw Error(Code::unsupported, "attention was asked to run on a GPU, but this build has no CUDA");
}

}  // namespace latentrt::kernels
