#include "kernels/similarity/similarity.h"

#include "base/fail.hpp"
#include "kernels/similarity/similarity_block.h"

namespace latentrt::kernels {

void check(const SimilarityArgs& args) {
  if (args.size < 0) fail(Code::invalid_argument, "similarity: size {} is negative", args.size);
  const bool missing = args.size > 0 && (args.a == nullptr || args.b == nullptr);
  if (missing || args.result == nullptr)
    fail(Code::invalid_argument, "similarity: a buffer is null");
}

std::int64_t similarity_workspace(std::int64_t size) {
  return similarity_parts(size) * static_cast<std::int64_t>(sizeof(SimilaritySums)) /
         static_cast<std::int64_t>(sizeof(double));
}

}  // namespace latentrt::kernels
