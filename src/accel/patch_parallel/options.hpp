#pragma once
/// What patch parallelism may leave stale, and what it may leave out.

#include <limits>

namespace latentrt::accel {

/// Where a group normalisation gets the moments of the whole picture from, once values may be stale. m is the mean, q the
/// mean of squares; of rank j's band they are s_j, and w_j is its share of the picture.
enum class Moments {
  corrected,  ///< sum_j w_j s_j of the call before, plus how far the rank's own moved since (DistriFusion's default)
  stale,      ///< the rank's own, fresh, with those of the others from the call before
  sync,       ///< fresh everywhere: every normalisation waits
  separate,   ///< of the rank's own band alone
};

/// Whether guidance's two halves of the batch are on a half of the ranks each.
enum class CfgSplit {
  off,  ///< every rank has a band of both
  on,
  automatic,  ///< on where there is guidance and the number of ranks is even
};

inline constexpr double kWholePicture = std::numeric_limits<double>::infinity();

struct PatchOptions {
  /// Calls after the first whose values are all fresh; negative: every call.
  int warm_up = 4;
  /// After them one call in so many is fresh again; 0: none is.
  int resync = 0;
  Moments moments = Moments::corrected;
  /// How far keys and values reach beyond the band, in heights of it, once values may be stale: whole rows, the nearest
  /// number (the even one of two) and one at least. From ranks - 1 on, the whole picture: DistriFusion (Li et al. 2024); less is PCPP
  /// (Zhang et al. 2024).
  double context = kWholePicture;
  /// The numbers of the authors' released code: variances are those of samples (n - 1) of the own band's size, and a
  /// context is cut in tokens, in the midst of rows, rounded down at both ends.
  bool released = false;
  /// Naive patches: each band is a picture of its own, and nothing is exchanged but the result.
  bool alone = false;

  bool operator==(const PatchOptions&) const = default;
};

}  // namespace latentrt::accel
