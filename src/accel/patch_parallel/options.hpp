#pragma once
/// Which values patch parallelism uses stale, and which exchanges it omits.

#include <limits>

namespace latentrt::accel {

/// How a group normalisation gets the moments of the whole picture, once values may be stale. m is
/// the mean, q the mean of squares; of rank j's band they are s_j, and w_j is its share of the
/// picture.
enum class Moments {
  /// sum_j w_j s_j of the previous call, plus the change of the rank's own since then
  /// (DistriFusion's default)
  corrected,
  stale,     ///< the rank's own, fresh, with those of the others from the previous call
  sync,      ///< all fresh: every normalisation waits
  separate,  ///< of the rank's own band only
};

/// Whether each half of the ranks computes one of guidance's two halves of the batch.
enum class CfgSplit {
  off,  ///< every rank has a band of both
  on,
  automatic,  ///< on if there is guidance and the number of ranks is even
};

inline constexpr double kWholePicture = std::numeric_limits<double>::infinity();

struct PatchOptions {
  /// Number of calls after the first whose values are all fresh; negative: every call.
  int warm_up = 4;
  /// After those, one call in this many is fresh; 0: none is.
  int resync = 0;
  Moments moments = Moments::corrected;
  /// How far keys and values extend beyond the band, in units of its height, once values may be
  /// stale: rounded to whole rows (half to even), at least one. From ranks - 1 on it is the whole
  /// picture: DistriFusion (Li et al. 2024); less is PCPP (Zhang et al. 2024).
  double context = kWholePicture;
  /// Computes as the authors' released code: moments use the sample variance (n - 1) with the size
  /// of the rank's own band, and a context is cut in tokens, inside rows, rounded down at both
  /// ends.
  bool released = false;
  /// Naive patches: each band is treated as a separate picture, and only the result is exchanged.
  bool naive = false;

  bool operator==(const PatchOptions&) const = default;
};

}  // namespace latentrt::accel
