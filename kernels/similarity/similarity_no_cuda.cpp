#include <latentrt/error.hpp>

#include "kernels/similarity/similarity.h"

namespace latentrt::kernels {

void similarity(const SimilarityArgs&, Stream) {
  throw Error(Code::unsupported,
              "similarity was asked to run on a GPU, but this build has no CUDA");
}

}  // namespace latentrt::kernels
