#pragma once
/// The work of a block of upsample's kernel. It is written against a Block (lane() of lanes()
/// threads of part() of parts() blocks that share row()) so that a test can run it on the host.

#include "kernels/common/copy_unit.h"
#include "kernels/upsample/upsample.h"

namespace latentrt::kernels {

/// A row of pixels of the source, which becomes two of the destination; `units` per pixel.
template <class Unit, class Block>
LATENTRT_DEVICE void upsample_block(const Block& block, const UpsampleArgs& args, int units) {
  const std::int64_t picture = block.row() / args.height;
  const std::int64_t y = 2 * (block.row() - picture * args.height);
  const std::int64_t dst_row = args.dst_width * units;
  const int length = static_cast<int>(args.width) * units;
  const Unit* const src = static_cast<const Unit*>(args.src) + block.row() * length;
  Unit* const upper = static_cast<Unit*>(args.dst) + (picture * args.dst_height + y) * dst_row;
  const bool has_lower = y + 1 < args.dst_height;
  for (int i = block.part() * block.lanes() + block.lane(); i < length;
       i += block.parts() * block.lanes()) {
    const int x = i / units;
    const bool has_right = 2 * x + 1 < args.dst_width;
    const Unit unit = src[i];
    Unit* dst = upper + i + x * units;
    dst[0] = unit;
    if (has_right) dst[units] = unit;
    if (!has_lower) continue;
    dst += dst_row;
    dst[0] = unit;
    if (has_right) dst[units] = unit;
  }
}

/// Calls visit(Unit{}).
template <class Visit>
void with_instance(const UpsampleArgs& args, Visit&& visit) {
  with_copy_unit(args.dtype, {args.channels}, {args.src, args.dst}, visit);
}

}  // namespace latentrt::kernels
