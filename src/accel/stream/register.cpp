#include "accel/registry.hpp"
#include "base/fail.hpp"

namespace latentrt::accel {

/// Its options are StreamOptions::apply()'s; a Sampler, which makes one picture at a time, has no frames for it.
void register_stream(Registry& registry) {
  registry.add("stream", [](const Spec&) -> std::vector<AcceleratorPtr> {
    fail(Code::invalid_argument,
         "the accelerator \"stream\" works on frames: `latentrt stream`, or FrameStream in code");
  });
}

}  // namespace latentrt::accel
