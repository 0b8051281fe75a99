#include "kernels/pixels/pixels.h"
#include "kernels/pixels/pixels_math.h"

namespace latentrt::kernels {
namespace {

template <class Work>
void each_pixel(int width, int height, Work&& work) {
  for (std::int64_t y = 0; y < height; ++y)
    for (std::int64_t x = 0; x < width; ++x) work(x, y);
}

}  // namespace

void unpack_pixels_host(const UnpackArgs& args) {
  with_pixel(args.pixels.format, [&](auto kind) {
    each_pixel(args.pixels.width, args.pixels.height, [&](std::int64_t x, std::int64_t y) {
      unpack_pixel<decltype(kind)>(args.pixels, args.planes, x, y);
    });
  });
}

void pack_pixels_host(const PackArgs& args) {
  with_pixel(args.pixels.format, [&](auto kind) {
    each_pixel(args.pixels.width, args.pixels.height, [&](std::int64_t x, std::int64_t y) {
      pack_pixel<decltype(kind)>(args.planes, args.pixels, x, y);
    });
  });
}

void copy_pixels_host(const PixelView& from, const PixelSpan& to) {
  const auto* const source = static_cast<const std::uint8_t*>(from.data);
  auto* const target = static_cast<std::uint8_t*>(to.data);
  with_pixel(from.format, [&](auto in) {
    with_pixel(to.format, [&](auto out) {
      using In = decltype(in);
      using Out = decltype(out);
      each_pixel(from.width, from.height, [&](std::int64_t x, std::int64_t y) {
        Out::store(In::load(pixel_at<In>(source, from.pitch, x, y), plane_of(from)),
                   pixel_at<Out>(target, to.pitch, x, y), plane_of(to));
      });
    });
  });
}

}  // namespace latentrt::kernels
