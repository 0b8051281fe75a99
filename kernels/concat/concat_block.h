#pragma once
/// The work of a block of concat's kernel. It is written against a Block (lane() of lanes()
/// threads, tile()) so that a test can run it on the host.

#include <algorithm>

#include "kernels/common/copy_unit.h"
#include "kernels/concat/concat.h"

namespace latentrt::kernels {

/// Units of a pixel of each source, and the pixels of a tile.
struct ConcatTiles {
  int a_units, b_units, pixels;
};

/// Tiles for a few hundred blocks if there are enough pixels; larger tiles bring no gain.
template <class Unit>
ConcatTiles concat_tiles(const ConcatArgs& args) {
  constexpr std::int64_t kBlocks = 4 * 132, kMostPixels = 16;
  return {static_cast<int>(units_of<Unit>(args.dtype, args.a_channels)),
          static_cast<int>(units_of<Unit>(args.dtype, args.b_channels)),
          static_cast<int>(std::clamp<std::int64_t>(args.pixels / kBlocks, 1, kMostPixels))};
}

/// A tile's pixels, without those past the end of the picture.
template <class Unit, class Block>
LATENTRT_DEVICE void concat_block(const Block& block, const ConcatArgs& args,
                                  const ConcatTiles& tiles) {
  const std::int64_t first = block.tile() * tiles.pixels, left = args.pixels - first;
  const int units = tiles.a_units + tiles.b_units;
  const int length = (left < tiles.pixels ? static_cast<int>(left) : tiles.pixels) * units;
  const Unit* const a = static_cast<const Unit*>(args.a) + first * tiles.a_units;
  const Unit* const b = static_cast<const Unit*>(args.b) + first * tiles.b_units;
  Unit* const dst = static_cast<Unit*>(args.dst) + first * units;
  for (int i = block.lane(); i < length; i += block.lanes()) {
    const int pixel = i / units, unit = i - pixel * units;
    dst[i] = unit < tiles.a_units ? a[pixel * tiles.a_units + unit]
                                  : b[pixel * tiles.b_units + unit - tiles.a_units];
  }
}

/// Calls visit(Unit{}).
template <class Visit>
void with_instance(const ConcatArgs& args, Visit&& visit) {
  with_copy_unit(args.dtype, {args.a_channels, args.b_channels}, {args.a, args.b, args.dst}, visit);
}

}  // namespace latentrt::kernels
