#pragma once
/// The axes of the computation; an accelerator owns exactly one.

#include <string_view>

namespace latentrt::sampling {

/// In the fixed order in which accelerators are applied, whatever the order of registration.
enum class Axis { guidance, batch, depth, space, launch };

constexpr std::string_view name_of(Axis axis) {
  constexpr std::string_view kNames[] = {"guidance", "batch", "depth", "space", "launch"};
  return kNames[static_cast<int>(axis)];
}

}  // namespace latentrt::sampling
