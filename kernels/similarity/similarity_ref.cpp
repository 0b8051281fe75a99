#include "kernels/similarity/similarity_block.h"

namespace latentrt::kernels {

void similarity_ref(const SimilarityArgs& args) {
  check(args);
  SimilaritySums sums;
  with_element(args.dtype, [&](auto element) {
    using T = decltype(element);
    for (std::int64_t i = 0; i < args.size; ++i) {
      const double a = to_float(static_cast<const T*>(args.a)[i]),
                   b = to_float(static_cast<const T*>(args.b)[i]);
      sums = added(sums, {a * b, a * a + b * b});
    }
  });
  *args.result = similarity_of(sums);
}

}  // namespace latentrt::kernels
