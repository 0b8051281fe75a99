#pragma once
/// How attention's kernels are divided into tiles, and how blocks share a call, from the sizes
/// only.

#include <algorithm>

#include "kernels/attention/attention.h"
#include "kernels/common/host_device.h"
#include "kernels/common/warp_words.h"

namespace latentrt::kernels {

/// Shared memory is accessed in packs of 16 bytes.
inline constexpr int kPackBytes = 16;

/// A kernel instance: a block of `warps` warps, each of which takes 16 row_tiles queries and
/// iterates over the keys, `keys` at a time, with space for `stages` such tiles. Supports head
/// sizes up to `head`. `blocks` such blocks fit into a multiprocessor's registers.
template <class T, int head, int row_tiles, int keys, int blocks, int warps = 4, int stages = 2>
struct AttentionTile {
  using Element = T;
  static constexpr bool kTensorCores = sizeof(T) == 2;
  static constexpr int kHead = head, kRowTiles = row_tiles, kKeys = keys, kWarps = warps;
  static constexpr int kStages = stages, kBlocks = blocks;
  static constexpr int kThreads = kWarps * kWarpLanes;
  static constexpr int kWarpRows = kMatrixRows * kRowTiles, kRows = kWarps * kWarpRows;

  /// Packs of a vector of q or k (tensor cores take 16 elements of it at once), and of v.
  static constexpr int kVPacks = kHead * static_cast<int>(sizeof(T)) / kPackBytes;
  static constexpr int kKPacks = kTensorCores ? (kVPacks + 1) / 2 * 2 : kVPacks;
  /// Distance of vectors in shared memory. Odd, so that eight neighbours are in different banks.
  static constexpr int kKStride = (kKPacks | 1) * kPackBytes;
  static constexpr int kVStride = (kVPacks | 1) * kPackBytes;

  /// Shared memory: the stages, with k and then v in each; the queries; weights of fp32. If queries
  /// move to registers, their memory is used for the last stage.
  static constexpr int kStageBytes = kKeys * (kKStride + kVStride);
  static constexpr int kQueries = (kTensorCores ? kStages - 1 : kStages) * kStageBytes;
  static constexpr int kQueryBytes = kRows * kKStride;
  static constexpr int kWeights = std::max(kStages * kStageBytes, kQueries + kQueryBytes);
  static constexpr int kWeightStride = (kKeys / 4 | 1) * kPackBytes;
  static constexpr int kSharedBytes = kWeights + (kTensorCores ? 0 : kRows * kWeightStride);
};

/// Shared memory of a block on every supported device.
inline constexpr int kMostSharedBytes = 99 * 1024;

/// Of an H100 or H200, and about that of other large devices.
inline constexpr std::int64_t kMultiprocessors = 132;

LATENTRT_HOST_DEVICE inline std::int64_t tiles_of(std::int64_t count, std::int64_t size) {
  return (count + size - 1) / size;
}

inline std::int64_t keys_of(const AttentionArgs& args) {
  std::int64_t keys = 0;
  for (int s = 0; s < args.segments; ++s) keys += args.segment[s].rows;
  return keys;
}

/// Whether tiles of `rows` queries form two blocks or more per multiprocessor.
inline bool fills_device(const AttentionArgs& args, int rows) {
  return args.batch * args.heads * tiles_of(args.queries, rows) >= 2 * kMultiprocessors;
}

/// Blocks of the kernel that iterates over tiles of keys: neighbours share a head.
template <class Tile>
std::int64_t attention_blocks(const AttentionArgs& args) {
  return args.batch * args.heads * tiles_of(args.queries, Tile::kRows);
}

// ---- Few keys: all of them in shared memory, and several tiles of queries per warp ----

LATENTRT_HOST_DEVICE inline int padded_keys(std::int64_t keys) {
  return static_cast<int>(tiles_of(keys, kMatrixRows)) * kMatrixRows;
}

/// All k, all v, and the queries of two tiles per warp.
template <class Tile>
LATENTRT_HOST_DEVICE int few_keys_shared_bytes(std::int64_t keys) {
  return padded_keys(keys) * (Tile::kKStride + Tile::kVStride) +
         Tile::kWarps * 2 * Tile::kWarpRows * Tile::kKStride;
}

template <class Tile>
bool few_keys(const AttentionArgs& args) {
  const std::int64_t keys = keys_of(args);
  return keys <= Tile::kKeys && few_keys_shared_bytes<Tile>(keys) <= kMostSharedBytes;
}

/// Blocks per head: in total as many as run at once, but not more than there are tiles.
template <class Tile>
int few_keys_parts(const AttentionArgs& args) {
  const std::int64_t at_once = Tile::kBlocks * kMultiprocessors / (args.batch * args.heads);
  return static_cast<int>(
      std::clamp<std::int64_t>(at_once, 1, tiles_of(args.queries, Tile::kRows)));
}

}  // namespace latentrt::kernels
