#pragma once
/// Semantic synthesis: a picture generated from the class of every pixel.

#include <cstdint>
#include <latentrt/api.hpp>
#include <latentrt/samples.hpp>
#include <vector>

namespace latentrt {

/// Row-major class indices, one byte per pixel.
struct LabelMap {
  int width = 0, height = 0;
  std::vector<std::uint8_t> classes;
};

/// The picture has the map's size, which must be a multiple of the model's grid.
struct SemanticRequest {
  LabelMap labels;
  SampleSettings settings{};
};

/// Runs the request; see Session::run(). Throws Error(invalid_argument) for classes that the model
/// does not have, and unsupported for a model of another task.
LATENTRT_API Result paint_labels(Session& session, const SemanticRequest& request,
                                 const StepCallback& on_step = {});
/// Throws what paint_labels() would throw about the request before it computes anything.
LATENTRT_API void check_labels(const Session& session, const SemanticRequest& request);

}  // namespace latentrt
