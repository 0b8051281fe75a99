#pragma once
/// Pictures of models that read no prompt: class-conditional or unconditional samples.

#include <cstdint>
#include <latentrt/api.hpp>
#include <latentrt/sampler.hpp>
#include <optional>
#include <string>
#include <vector>

namespace latentrt {

/// Common settings of all tasks without a prompt; see the fields of Request.
struct SampleSettings {
  int batch = 1;
  std::uint64_t seed = 0;
  std::vector<std::uint64_t> seeds{};
  NoiseKind noise = NoiseKind::torch;
  std::optional<HostTensor> latents{};
  VaeOptions vae{};
  std::uint64_t max_memory_bytes = 0;
};

struct SampleRequest {
  /// The index or the name of a class, for class-conditional models; unset: a picture of any class.
  std::optional<std::string> class_label{};
  int width = 0, height = 0;  ///< pixels; 0 takes the model's own size
  SampleSettings settings{};
};

/// Runs the request; see Session::run(). Throws Error(invalid_argument) for a class that the model
/// does not have, and unsupported for a model of another task.
LATENTRT_API Result draw_samples(Session& session, const SampleRequest& request,
                                 const StepCallback& on_step = {});
/// Throws what draw_samples() would throw about the request before it computes anything.
LATENTRT_API void check_samples(const Session& session, const SampleRequest& request);

}  // namespace latentrt
