#include <latentrt/stream_options.hpp>

#include <fmt/format.h>
#include <fmt/ranges.h>

#include <algorithm>

#include "accel/spec_reader.hpp"
#include "base/fail.hpp"
#include "base/quote.hpp"

namespace latentrt {
namespace {

constexpr int kMaxPlace = 999, kMaxFrames = 64, kMaxSkips = 1'000'000;
constexpr double kMaxFps = 1e6;

const std::vector<std::string> kGuidances{"none", "self", "onetime", "full"};

const std::string& name_of(StreamGuidance guidance) {
  return kGuidances.at(static_cast<std::size_t>(guidance));
}

StreamGuidance guidance_named(accel::SpecReader& reader, StreamGuidance fallback) {
  const std::string name = reader.choice("rcfg", name_of(fallback), kGuidances);
  return static_cast<StreamGuidance>(std::ranges::find(kGuidances, name) - kGuidances.begin());
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
  changed.reduction = reader.integer("reduction", reduction, 0, kMaxPlace);
  changed.target_fps = reader.number("target_fps", target_fps, 0, kMaxFps);
  reader.finish();
  *this = std::move(changed);
}

std::vector<AcceleratorChoice> StreamOptions::apply_all(const std::vector<std::string>& specs) {
  std::vector<AcceleratorChoice> others;
  for (const std::string& text : specs) {
    const Spec spec = Spec::parse(text);
    if (spec.name == "stream") {
      apply(spec);
    } else {
      others.emplace_back(spec);
    }
  }
  return others;
}

Spec StreamOptions::spec() const {
  const auto text = [](const auto& value) { return fmt::format("{}", value); };
  return {"stream",
          {{"t_index", fmt::format("{}", fmt::join(t_index, "/"))},
           {"rcfg", name_of(residual)},
           {"delta", text(delta)},
           {"frame_buffer", text(frame_buffer)},
           {"add_noise", text(add_noise)},
           {"sample_posterior", text(sample_posterior)},
           {"ssf", text(similarity.threshold)},
           {"max_skip", text(similarity.max_skip)},
           {"reduction", text(reduction)},
           {"target_fps", text(target_fps)}}};
}

}  // namespace latentrt
