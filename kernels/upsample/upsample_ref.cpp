#include "kernels/common/element.h"
#include "kernels/upsample/upsample.h"

namespace latentrt::kernels {

void upsample_ref(const UpsampleArgs& args) {
  check(args);
  with_element(args.dtype, [&](auto element) {
    using T = decltype(element);
    const T* const src = static_cast<const T*>(args.src);
    T* dst = static_cast<T*>(args.dst);
    for (std::int64_t n = 0; n < args.rows; ++n) {
      for (std::int64_t y = 0; y < args.dst_height; ++y) {
        for (std::int64_t x = 0; x < args.dst_width; ++x) {
          const std::int64_t pixel = (n * args.height + y / 2) * args.width + x / 2;
          for (std::int64_t c = 0; c < args.channels; ++c) *dst++ = src[pixel * args.channels + c];
        }
      }
    }
  });
}

}  // namespace latentrt::kernels
