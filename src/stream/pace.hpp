#pragma once
/// How much of a stream's work is left out, and how much should be, so that frames come often enough.

#include <cstdint>
#include <vector>

namespace latentrt::pipeline {

constexpr int kCycle = 8;  ///< frames, over which those that are left out are spread

/// What StreamOptions::reduction stands for.
struct Effort {
  int stages;  ///< that each frame goes through
  int made;    ///< of each cycle's frames; for the others the last picture is given once more

  /// Whether a frame is made, by its place in a row of frames.
  bool makes(std::uint64_t place) const;
};

/// Stages go first, down to one; then frames, down to one of a cycle.
Effort effort(int reduction, int stages);

/// So many of the stages, spread evenly; the first one, which decides how much of a frame is kept, always.
std::vector<int> kept_stages(const std::vector<int>& t_index, int count);

/// Finds the smallest reduction that keeps to a number of frames a second. Costs are averaged over windows, of which each
/// begins when frames that were under way at the last change are through. It goes back only where the work that would be
/// added, at the cost of what there is, leaves a tenth of the time over: what does not shrink with the stages (encoding,
/// decoding) makes that estimate a cautious one, and so it does not swing.
class Pace {
 public:
  /// `buffer`: frames that share a network call.
  Pace(double fps, int stages, int buffer, int reduction);

  int reduction() const noexcept { return reduction_; }
  /// A frame took so long from its caller; one that was left out, next to nothing.
  void saw(double seconds);

 private:
  void change_to(int reduction);

  double period_;
  int stages_, buffer_, reduction_ = 0;
  int passed_ = 0;  ///< frames since the last window, less those that it waits for
  double sum_ = 0;
};

}  // namespace latentrt::pipeline
