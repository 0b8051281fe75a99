#include "accel/registry.hpp"
#include "accel/stream.hpp"
#include "base/fail.hpp"

namespace latentrt::accel {

/// A stream reads its options by StreamOptions::apply(); a Sampler, which makes one picture at a
/// time, has no frames.
void register_stream(Registry& registry) {
  registry.add({.name = "stream",
                .help =
                    "Stream Batch (Kodaira et al. 2023): frames at different noise levels share "
                    "one call of the network",
                .options = stream_options(),
                .make = [](const Settings&) -> std::vector<AcceleratorPtr> {
                  fail(Code::invalid_argument,
                       "the accelerator \"stream\" works on frames: `latentrt stream`, or "
                       "FrameStream in code");
                }});
}

}  // namespace latentrt::accel
