#include <array>
#include <utility>

#include "io/weights.hpp"

namespace latentrt::io {
namespace {

/// Module names that older files of diffusers use, as whole path segments, and what they are called now.
constexpr std::array<std::pair<std::string_view, std::string_view>, 5> kRenamedSegments{{{".query.", ".to_q."},
                                                                                       {".key.", ".to_k."},
                                                                                       {".value.", ".to_v."},
                                                                                       {".proj_attn.", ".to_out.0."},
                                                                                       {".Conv2d_0.", ".conv."}}};

}  // namespace

std::string canonical_diffusers_key(std::string_view key) {
  std::string name(key);
  for (const auto& [old_segment, segment] : kRenamedSegments) {
    const std::size_t at = name.find(old_segment);
    if (at != std::string::npos) name.replace(at, old_segment.size(), segment);
  }
  return name;
}

/// Position ids are a buffer that some files carry; "" drops them.
std::string canonical_clip_key(std::string_view key) {
  constexpr std::string_view kPrefix = "text_model.";
  if (key.ends_with("position_ids")) return {};
  return std::string(key.starts_with(kPrefix) ? key.substr(kPrefix.size()) : key);
}

}  // namespace latentrt::io
