#pragma once
/// Super-resolution: a picture with more pixels and more detail.

#include <latentrt/api.hpp>
#include <latentrt/image.hpp>
#include <latentrt/samples.hpp>

namespace latentrt {

/// The result is larger by PipelineInfo::pixels_per_latent.
struct UpscaleRequest {
  /// Sides that are not a multiple of 32 are resized to the next lower one.
  Image image;
  SampleSettings settings{};
};

/// Runs the request; see Session::run(). Throws Error(unsupported) for a model of another task.
LATENTRT_API Result upscale(Session& session, const UpscaleRequest& request,
                            const StepCallback& on_step = {});
/// Throws what upscale() would throw about the request before it computes anything.
LATENTRT_API void check_upscale(const Session& session, const UpscaleRequest& request);

}  // namespace latentrt
