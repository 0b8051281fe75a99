#include <latentrt/stream_options.hpp>

#include <algorithm>
#include <functional>
#include <utility>

#include "accel/stream.hpp"
#include "base/fail.hpp"
#include "base/quote.hpp"

namespace latentrt {
namespace {

constexpr int kMaxPlace = 999, kMaxFrames = 64, kMaxSkips = 1'000'000'000, kMaxReduction = 1'000;
constexpr double kMaxDelta = 1000, kMaxFps = 1e6;

const std::vector<std::string> kGuidances{"none", "self", "onetime", "full"};

OptionValue to_value(bool value) { return boolean_value(value); }
OptionValue to_value(int value) { return number_value(value); }
OptionValue to_value(double value) { return number_value(value); }
OptionValue to_value(const std::vector<int>& list) {
  return list_value({list.begin(), list.end()});
}
OptionValue to_value(StreamGuidance guidance) {
  return text_value(kGuidances.at(static_cast<std::size_t>(guidance)));
}

void assign(bool& to, const OptionValue& value) { to = value.boolean; }
void assign(int& to, const OptionValue& value) { to = static_cast<int>(value.number); }
void assign(double& to, const OptionValue& value) { to = value.number; }
void assign(std::vector<int>& to, const OptionValue& value) {
  to.assign(value.numbers.begin(), value.numbers.end());
}
void assign(StreamGuidance& to, const OptionValue& value) {
  to = static_cast<StreamGuidance>(std::ranges::find(kGuidances, value.text) - kGuidances.begin());
}

/// One option, and the member of StreamOptions that holds it.
struct Field {
  OptionSpec spec;
  std::function<void(StreamOptions&, const OptionValue&)> set;
  std::function<OptionValue(const StreamOptions&)> get;
};

/// `member` returns a reference to the member of any StreamOptions, constant or not.
template <class Member>
Field field(OptionSpec spec, Member member) {
  return {std::move(spec),
          [member](StreamOptions& to, const OptionValue& value) { assign(member(to), value); },
          [member](const StreamOptions& from) { return to_value(member(from)); }};
}

std::vector<Field> fields() {
  const StreamOptions fresh;
  return {
      field(
          whole_list_option("t_index", fresh.t_index, 0, kMaxPlace,
                            "Noise level of each stage, by its place in a grid of 50 from the "
                            "noisiest (0) down; must rise"),
          [](auto& options) -> auto& { return options.t_index; }),
      field(
          choice_option("rcfg", to_value(fresh.residual).text, kGuidances,
                        "Guidance: off, residual (self or onetime), or classifier-free (full)"),
          [](auto& options) -> auto& { return options.residual; }),
      field(
          number_option("delta", fresh.delta, 0, kMaxDelta,
                        "Weight of the virtual negative's noise with rcfg=self or onetime"),
          [](auto& options) -> auto& { return options.delta; }),
      field(
          number_option("guidance_start", fresh.guidance_start, 0, 1,
                        "The part of the stages before guidance begins"),
          [](auto& options) -> auto& { return options.guidance_start; }),
      field(
          number_option("guidance_stop", fresh.guidance_stop, 0, 1,
                        "The part of the stages after which guidance is off"),
          [](auto& options) -> auto& { return options.guidance_stop; }),
      field(
          whole_option("frame_buffer", fresh.frame_buffer, 1, kMaxFrames,
                       "Frames of each stage in one call of the network"),
          [](auto& options) -> auto& { return options.frame_buffer; }),
      field(
          flag_option("add_noise", fresh.add_noise, "Add noise between the stages"),
          [](auto& options) -> auto& { return options.add_noise; }),
      field(
          flag_option("sample_posterior", fresh.sample_posterior,
                      "Draw latents from the encoder's distribution instead of taking its mean"),
          [](auto& options) -> auto& { return options.sample_posterior; }),
      field(
          number_option("ssf", fresh.similarity.threshold, 0, 1,
                        "Similarity to the last frame above which frames may be skipped; 0 skips "
                        "none"),
          [](auto& options) -> auto& { return options.similarity.threshold; }),
      field(
          whole_option("max_skip", fresh.similarity.max_skip, 0, kMaxSkips,
                       "Frames that ssf may skip in a row"),
          [](auto& options) -> auto& { return options.similarity.max_skip; }),
      field(
          whole_option("reduction", fresh.reduction, 0, kMaxReduction,
                       "Work to leave out: stages first, then one frame of eight for each more"),
          [](auto& options) -> auto& { return options.reduction; }),
      field(
          number_option("target_fps", fresh.target_fps, 0, kMaxFps,
                        "Frames per second to keep up by changing reduction; 0 leaves it as it is"),
          [](auto& options) -> auto& { return options.target_fps; }),
  };
}

}  // namespace

std::vector<OptionSpec> accel::stream_options() {
  std::vector<OptionSpec> specs;
  for (Field& each : fields()) specs.push_back(std::move(each.spec));
  return specs;
}

void accel::check_ranges(const StreamOptions& options) {
  for (const Field& each : fields()) check_option("stream", each.spec, each.get(options));
}

void StreamOptions::apply(const Spec& spec) {
  if (spec.name != "stream")
    fail(Code::invalid_argument, "a stream takes the accelerator \"stream\", not {}",
         quote(spec.name));
  const OptionValues values = parse_options(accel::stream_options(), spec);
  for (const Field& each : fields()) {
    const auto found = values.find(each.spec.key);
    if (found != values.end()) each.set(*this, found->second);
  }
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
  Spec spec{"stream", {}};
  for (const Field& each : fields()) spec.options.emplace(each.spec.key, to_text(each.get(*this)));
  return spec;
}

}  // namespace latentrt
