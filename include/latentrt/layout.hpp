#pragma once
/// Layout to image: a picture with objects of given classes at given places.

#include <array>
#include <cstdint>
#include <latentrt/api.hpp>
#include <latentrt/samples.hpp>
#include <vector>

namespace latentrt {

struct LayoutBox {
  std::int64_t class_label = 0;
  /// Left, top, right and bottom as fractions (0 to 1) of the picture's sides; left < right, top <
  /// bottom.
  std::array<double, 4> box{};
};

struct LayoutRequest {
  std::vector<LayoutBox> boxes{};  ///< at most 30
  int width = 0, height = 0;       ///< pixels; 0 takes the model's own size
  SampleSettings settings{};
};

/// Runs the request; see Session::run(). Throws Error(invalid_argument) for invalid boxes and
/// classes, and unsupported for a model of another task.
LATENTRT_API Result paint_layout(Session& session, const LayoutRequest& request,
                                 const StepCallback& on_step = {});
/// Throws what paint_layout() would throw about the request before it computes anything.
LATENTRT_API void check_layout(const Session& session, const LayoutRequest& request);

}  // namespace latentrt
