#pragma once
/// Chooses how much of a stream's work is skipped to reach a frame rate.

#include <cstdint>
#include <vector>

namespace latentrt::pipeline {

constexpr int kCycle = 8;  ///< number of frames over which skipped ones are spread

/// The meaning of a StreamOptions::reduction.
struct WorkLevel {
  int stages;  ///< number of stages of each frame
  int made;    ///< computed frames of each cycle; the others repeat the last picture

  /// Whether the frame with that number is computed.
  bool computes(std::uint64_t place) const;
};

/// Skips stages first, down to one; then frames, down to one per cycle.
WorkLevel work_level(int reduction, int stages);

/// `count` of the stages, evenly spaced. Always includes the first one, which decides how much of a
/// frame is kept.
std::vector<int> kept_stages(const std::vector<int>& t_index, int count);

/// Finds the smallest reduction that reaches a frame rate. Costs are averaged over windows; a
/// window begins when the frames that were in flight at the last change are finished. Work is added
/// again only if its estimated cost leaves a tenth of the time free. Encoding and decoding do not
/// depend on the number of stages, so the estimate is too high, and the reduction does not
/// oscillate.
class RateController {
 public:
  /// `buffer`: number of frames that share a network call.
  RateController(double fps, int stages, int buffer, int reduction);

  int reduction() const noexcept { return reduction_; }
  /// The time that push() took for a frame, computed or not.
  void observe(double seconds);

 private:
  void change_to(int reduction);

  double period_;
  int stages_, buffer_, reduction_ = 0;
  int passed_ = 0;  ///< frames since the last window, minus those in flight at the last change
  double sum_ = 0;
};

}  // namespace latentrt::pipeline
