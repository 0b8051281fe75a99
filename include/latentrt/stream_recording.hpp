#pragma once
/// Replays recorded streams: StreamOptions::recording stores a stream's frames, updates and
/// reductions in a file, in the order in which the stream processed them, and a fingerprint of
/// every picture that came out.
///
/// A recording consists of lines of JSON: the first holds the options, each other one an event
/// ("frame", "noise", "update", "drain", "finished"). The line of a frame is followed by its
/// pixels, rows from top to bottom without gaps. A recording can be replayed up to the last
/// complete event, however the program ended.

#include <cstdint>
#include <functional>
#include <latentrt/stream.hpp>
#include <optional>
#include <string>
#include <vector>

namespace latentrt {

struct StreamReplay {
  std::uint64_t frames = 0, different = 0;
  std::optional<std::uint64_t> first_different{};  ///< ticket of the first frame that differs
};

/// Called with every frame that the replay finishes, and whether it equals the recorded one bit for
/// bit.
using ReplayCallback = std::function<void(const StreamFrame& frame, bool same)>;

/// An opened recording; immutable.
class LATENTRT_API StreamRecording {
 public:
  /// Reads the options. Throws Error: not_found, io_error, bad_file for a file that is not a
  /// recording.
  explicit StreamRecording(std::string path);

  const StreamOptions& options() const noexcept { return options_; }
  const std::vector<AcceleratorChoice>& accelerators() const noexcept { return accelerators_; }

  /// Repeats the recording. The same model on the same machine with the same number of threads
  /// produces the same bits; frames that differ are counted and are no error. Throws
  /// Error(bad_file) that names the event if the file is damaged or ends inside an event, after
  /// replaying all events before it; and what FrameStream throws.
  StreamReplay replay(const Pipeline& pipeline, const ReplayCallback& on_frame = {}) const;

 private:
  std::string path_;
  StreamOptions options_;
  std::vector<AcceleratorChoice> accelerators_;
};

}  // namespace latentrt
