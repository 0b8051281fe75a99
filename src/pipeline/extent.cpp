#include "pipeline/extent.hpp"

#include "base/fail.hpp"

namespace latentrt::pipeline {
namespace {

int checked_side(const char* name, int asked, int fallback, int multiple) {
  const int side = asked == 0 ? fallback : asked;
  if (side < multiple || side > kMaxSide || side % multiple != 0) {
    fail(Code::invalid_argument, "{} {} is not a multiple of {} from {} to {}", name, side,
         multiple, multiple, kMaxSide);
  }
  return side;
}

}  // namespace

Extent checked_extent(const Pipeline::State& model, int width, int height) {
  const int multiple = model.factor() * model.latent_multiple();
  return {checked_side("width", width, model.info.default_width, multiple),
          checked_side("height", height, model.info.default_height, multiple)};
}

void check_size(const PixelView& pixels, Extent extent) {
  if (pixels.width != extent.width || pixels.height != extent.height) {
    fail(Code::invalid_argument, "the image has {} x {} pixels, the run {} x {}", pixels.width,
         pixels.height, extent.width, extent.height);
  }
}

}  // namespace latentrt::pipeline
