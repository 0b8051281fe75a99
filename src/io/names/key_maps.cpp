#include <array>

#include "io/weights.hpp"

namespace latentrt::io {
namespace {

/// Old and current diffusers names of a module. Renamed only after the name of the module that
/// contains it, because "key" and "value" are common words.
struct Renamed {
  std::string_view holder, old_segment, segment;
};

constexpr std::array<Renamed, 5> kRenamed{{{"attentions.", ".query.", ".to_q."},
                                           {"attentions.", ".key.", ".to_k."},
                                           {"attentions.", ".value.", ".to_v."},
                                           {"attentions.", ".proj_attn.", ".to_out.0."},
                                           {"downsamplers.", ".Conv2d_0.", ".conv."}}};

}  // namespace

std::string canonical_diffusers_key(std::string_view key) {
  std::string name(key);
  for (const Renamed& rule : kRenamed) {
    const std::size_t holder = name.find(rule.holder);
    if (holder == std::string::npos) continue;
    const std::size_t at = name.find(rule.old_segment, holder);
    if (at != std::string::npos) name.replace(at, rule.old_segment.size(), rule.segment);
  }
  return name;
}

/// Position ids are a buffer that some files carry; "" drops them.
std::string canonical_clip_key(std::string_view key) {
  constexpr std::string_view kPrefix = "text_model.";
  if (key.ends_with(".position_ids")) return {};
  return std::string(key.starts_with(kPrefix) ? key.substr(kPrefix.size()) : key);
}

}  // namespace latentrt::io
