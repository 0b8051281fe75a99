#include "kernels/common/element.h"
#include "kernels/concat/concat.h"

namespace latentrt::kernels {

void concat_ref(const ConcatArgs& args) {
  check(args);
  with_element(args.dtype, [&](auto element) {
    using T = decltype(element);
    const T* a = static_cast<const T*>(args.a);
    const T* b = static_cast<const T*>(args.b);
    T* dst = static_cast<T*>(args.dst);
    for (std::int64_t pixel = 0; pixel < args.pixels; ++pixel) {
      for (std::int64_t c = 0; c < args.a_channels; ++c) *dst++ = *a++;
      for (std::int64_t c = 0; c < args.b_channels; ++c) *dst++ = *b++;
    }
  });
}

}  // namespace latentrt::kernels
