#pragma once
/// Selects the kernel instance by the run-time type and sizes of a call.

#include "kernels/attention/attention_plan.h"
#include "kernels/common/element.h"

namespace latentrt::kernels {

/// Calls visit(AttentionTile{}) with the instance that iterates over `args`' keys in tiles. Each is
/// as large as the registers of its accumulators allow.
template <class Visit>
void with_attention_tile(const AttentionArgs& args, Visit&& visit) {
  const std::int64_t size = args.head_size;
  with_element(args.dtype, [&](auto element) {
    using T = decltype(element);
    if constexpr (sizeof(T) == sizeof(float)) {
      if (size <= 64) return visit(AttentionTile<T, 64, 1, 32, 4>{});
      if (size <= 128) return visit(AttentionTile<T, 128, 1, 16, 4>{});
      return visit(AttentionTile<T, 256, 1, 8, 4, 2>{});
    } else {
      constexpr int kTall = AttentionTile<T, 64, 2, 64, 2>::kRows;
      const bool tall = fills_device(args, kTall);
      if (size <= 40 && tall) return visit(AttentionTile<T, 40, 2, 64, 3>{});
      if (size <= 40) return visit(AttentionTile<T, 40, 1, 64, 4>{});
      if (size <= 64 && tall) return visit(AttentionTile<T, 64, 2, 64, 2>{});
      if (size <= 64) return visit(AttentionTile<T, 64, 1, 64, 4>{});
      if (size <= 80 && tall) return visit(AttentionTile<T, 80, 2, 64, 2>{});
      if (size <= 80) return visit(AttentionTile<T, 80, 1, 64, 3>{});
      if (size <= 128) return visit(AttentionTile<T, 128, 1, 64, 3>{});
      if (size <= 160) return visit(AttentionTile<T, 160, 1, 64, 2>{});
      return visit(AttentionTile<T, 256, 1, 32, 2>{});
    }
  });
}

/// The largest number of keys in shared memory at once: their scores are in registers.
inline constexpr int kFewKeys = 128;

/// Calls visit(AttentionTile{}) with the instance that has all of `args`' keys in shared memory,
/// and returns true; false if there is none.
template <class Visit>
bool with_few_keys_tile(const AttentionArgs& args, Visit&& visit) {
  const std::int64_t size = args.head_size;
  bool served = false;
  with_element(args.dtype, [&](auto element) {
    using T = decltype(element);
    if constexpr (sizeof(T) == 2) {
      const auto serve = [&](auto tile) {
        served = few_keys<decltype(tile)>(args);
        if (served) visit(tile);
      };
      if (size <= 40) return serve(AttentionTile<T, 40, 1, kFewKeys, 4>{});
      if (size <= 64) return serve(AttentionTile<T, 64, 1, kFewKeys, 3>{});
      if (size <= 80) return serve(AttentionTile<T, 80, 1, kFewKeys, 3>{});
      if (size <= 128) return serve(AttentionTile<T, 128, 1, kFewKeys, 3>{});
      if (size <= 160) return serve(AttentionTile<T, 160, 1, kFewKeys, 2>{});
      serve(AttentionTile<T, 256, 1, kFewKeys, 2>{});
    }
  });
  return served;
}

}  // namespace latentrt::kernels
