#pragma once
/// Selects the template instance by the run-time type and alignment of group_norm's buffers.

#include <type_traits>

#include "kernels/common/element.h"
#include "kernels/group_norm/group_norm_plan.h"

namespace latentrt::kernels {

/// Whether packs may be used: they start where rows do, and a boundary of groups inside a pack is
/// soon followed by one between packs.
inline bool packs_fit(const GroupNormArgs& args, int width, int lanes) {
  bool fit = args.channels % width == 0;
  for (const void* buffer :
       {args.x, static_cast<const void*>(args.y), args.scale, args.shift, args.add})
    fit = fit && aligned_to_16(buffer);
  const CommonBorder border = common_border(args, width);
  return fit && (border.groups == 1 || border.columns <= lanes);
}

/// Calls visit(T{}, width), where width is an integral_constant: that of 16 bytes, or 1.
template <class Visit>
void with_instance(const GroupNormArgs& args, int lanes, Visit&& visit) {
  with_element(args.dtype, [&](auto element) {
    constexpr int kWidth = kWidePack<decltype(element)>;
    if (packs_fit(args, kWidth, lanes)) {
      visit(element, std::integral_constant<int, kWidth>{});
    } else {
      visit(element, std::integral_constant<int, 1>{});
    }
  });
}

}  // namespace latentrt::kernels
