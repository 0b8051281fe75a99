#include "kernels/geglu/geglu_math.h"

namespace latentrt::kernels {

void geglu_ref(const GegluArgs& args) {
  check(args);
  with_element(args.dtype, [&](auto element) {
    using T = decltype(element);
    const T* src = static_cast<const T*>(args.src);
    T* dst = static_cast<T*>(args.dst);
    for (std::int64_t row = 0; row < args.rows; ++row, src += 2 * args.size, dst += args.size) {
      for (std::int64_t i = 0; i < args.size; ++i) {
        const double gate = to_float(src[args.size + i]);
        dst[i] = from_float<T>(static_cast<float>(to_float(src[i]) * gelu(gate)));
      }
    }
  });
}

}  // namespace latentrt::kernels
