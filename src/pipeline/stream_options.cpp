#include <latentrt/stream_options.hpp>

#include "accel/spec_reader.hpp"
#include "base/fail.hpp"
#include "base/quote.hpp"

namespace latentrt {
namespace {

constexpr int kMaxPlace = 999, kMaxFrames = 64, kMaxSkips = 1'000'000;

StreamGuidance guidance_named(accel::SpecReader& reader, StreamGuidance fallback) {
  const std::vector<std::string> names{"none", "self", "onetime", "full"};
  const std::string name = reader.choice("rcfg", names[static_cast<std::size_t>(fallback)], names);
  return static_cast<StreamGuidance>(std::find(names.begin(), names.end(), name) - names.begin());
}

bool flag(accel::SpecReader& reader, const std::string& key, bool fallback) {
  return reader.choice(key, fallback ? "true" : "false", {"true", "false"}) == "true";
}

}  // namespace

void StreamOptions::apply(const Spec& spec) {
  if (spec.name != "stream")
    fail(Code::invalid_argument, "a stream takes the accelerator \"stream\", not {}",
         quote(spec.name));
  accel::SpecReader reader(spec);
  StreamOptions changed = *this;
  if (reader.has("t_index")) changed.t_index = reader.integers("t_index", 0, kMaxPlace);
  changed.residual = guidance_named(reader, residual);
  changed.delta = reader.number("delta", delta, 0, 1000);
  changed.frame_buffer = reader.integer("frame_buffer", frame_buffer, 1, kMaxFrames);
  changed.add_noise = flag(reader, "add_noise", add_noise);
  changed.sample_posterior = flag(reader, "sample_posterior", sample_posterior);
  changed.similarity.threshold = reader.number("ssf", similarity.threshold, 0, 1);
  changed.similarity.max_skip = reader.integer("max_skip", similarity.max_skip, 0, kMaxSkips);
  reader.finish();
  *this = std::move(changed);
}

}  // namespace latentrt
