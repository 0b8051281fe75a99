#pragma once
/// How the blocks of group_norm's kernels divide a picture.

#include <algorithm>
#include <numeric>

#include "kernels/common/host_device.h"
#include "kernels/group_norm/group_norm.h"

namespace latentrt::kernels {

/// Slabs: adjacent channels that a block processes together, `columns` packs of them. A slab
/// contains whole groups, or is one of several pieces of one group.
struct GroupNormSlabs {
  int columns;
  int count;   ///< of a row
  int groups;  ///< of a slab
  int pieces;  ///< of a group
};

/// Groups and packs have a common boundary after `columns` packs, which are `groups` groups.
struct CommonBorder {
  std::int64_t columns, groups;
};

inline CommonBorder common_border(const GroupNormArgs& args, int width) {
  const std::int64_t group = args.channels / args.groups;
  const std::int64_t divisor = std::gcd(group, std::int64_t{width});
  return {group / divisor, width / divisor};
}

/// About `columns` packs each, for blocks of `lanes` threads. `width` divides the channels.
inline GroupNormSlabs slabs_of(const GroupNormArgs& args, int width, int columns, int lanes) {
  const CommonBorder unit = common_border(args, width);
  if (unit.columns > lanes) {
    const auto pieces = static_cast<int>((unit.columns + columns - 1) / columns);
    return {columns, static_cast<int>(args.groups) * pieces, 1, pieces};
  }
  const std::int64_t units = args.groups / unit.groups;
  const std::int64_t most =
      std::max<std::int64_t>(1, std::min(columns / unit.columns, lanes / unit.groups));
  std::int64_t together = std::min(units, most);
  while (units % together != 0) --together;
  return {static_cast<int>(together * unit.columns), static_cast<int>(units / together),
          static_cast<int>(together * unit.groups), 1};
}

/// Threads of a block: powers of two. Blocks of the first size process a whole slab or compute the
/// moments of a part; blocks of the second apply them.
inline constexpr int kGroupNormLanes = 512, kGroupNormApplyLanes = 256;

/// Parts: consecutive pixels. The first launch computes the moments of each, the second applies all
/// of them to each of its own parts; without moments_parts one launch does everything, with one
/// block per slab.
struct GroupNormPlan {
  GroupNormSlabs slabs;
  int moments_parts = 0, apply_parts = 1;
  /// Number of partial moments of a group.
  LATENTRT_HOST_DEVICE int partials() const { return moments_parts * slabs.pieces; }
  /// Floats of a group in the workspace, [rows, groups, 1 + 3 partials]: its first x and its
  /// partial moments.
  LATENTRT_HOST_DEVICE int group_numbers() const {
    return moments_parts == 0 ? 0 : 1 + 3 * partials();
  }
};

/// Number of parts such that about `blocks` blocks run in total, and each thread has two pixels or
/// more.
inline int parts_for(const GroupNormArgs& args, const GroupNormSlabs& slabs, int lanes,
                     std::int64_t blocks) {
  const std::int64_t pixels_at_once = std::max(1, lanes / slabs.columns);
  return static_cast<int>(std::max<std::int64_t>(
      1, std::min(blocks / (args.rows * slabs.count), args.pixels / (2 * pixels_at_once))));
}

/// Slabs of 32 packs are runs of 512 bytes, or slightly less to fit a divisor of the picture's
/// width in whole sectors; for small pictures many narrow slabs make one launch of many blocks. The
/// numbers of blocks are those that an H100 or H200 (132 multiprocessors) and devices of similar
/// size run at once.
inline GroupNormPlan group_norm_plan(const GroupNormArgs& args, int width) {
  // Number of elements up to which a single block is faster than two launches.
  constexpr std::int64_t kSmall = 24576;
  constexpr int kNarrow = 8, kWide = 32, kLanes = kGroupNormApplyLanes;
  constexpr std::int64_t kMomentsBlocks = 132, kApplyBlocks = 4 * 132;
  const GroupNormSlabs narrow = slabs_of(args, width, kNarrow, kLanes);
  if (narrow.pieces == 1 && args.pixels <= kSmall / (narrow.columns * width)) return {narrow};
  const GroupNormSlabs wide = slabs_of(args, width, kWide, kLanes);
  return {wide, parts_for(args, wide, kGroupNormLanes, kMomentsBlocks),
          parts_for(args, wide, kGroupNormApplyLanes, kApplyBlocks)};
}

}  // namespace latentrt::kernels
