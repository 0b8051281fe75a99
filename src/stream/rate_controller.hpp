#pragma once
/// How much of a stream's work is left out to reach a frame rate.

#include <cstdint>
#include <vector>

namespace latentrt::pipeline {

constexpr int kCycle = 8;  ///< frames, over which those that are left out are spread

/// The meaning of a StreamOptions::reduction.
struct WorkLevel {
  int stages;  ///< that each frame goes through
  int made;    ///< frames of each cycle that are computed; the others repeat the last picture

  /// Whether the frame with that number is computed.
  bool computes(std::uint64_t place) const;
};

/// Stages go first, down to one; then frames, down to one of a cycle.
WorkLevel work_level(int reduction, int stages);

/// `count` of the stages, evenly spaced. The first one, which decides how much of a frame is kept,
/// is always among them.
std::vector<int> kept_stages(const std::vector<int>& t_index, int count);

/// Finds the smallest reduction that reaches a frame rate. Costs are averaged over windows; a
/// window begins when the frames that were in flight at the last change have left. Work is added
/// again only where its estimated cost leaves a tenth of the time free. Encoding and decoding do
/// not shrink with the stages, so the estimate is too high, and the reduction does not oscillate.
class RateController {
 public:
  /// `buffer`: frames that share a network call.
  RateController(double fps, int stages, int buffer, int reduction);

  int reduction() const noexcept { return reduction_; }
  /// The time that push() took for a frame, computed or not.
  void observe(double seconds);

 private:
  void change_to(int reduction);

  double period_;
  int stages_, buffer_, reduction_ = 0;
  int passed_ = 0;  ///< frames since the last window, less those that it waits for
  double sum_ = 0;
};

}  // namespace latentrt::pipeline
