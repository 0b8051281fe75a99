#pragma once
/// Streams again as they were: StreamOptions::recording keeps a stream's frames, updates and reductions in a file, in the
/// order in which they met the stream, and a fingerprint of every picture that came out.
///
/// A recording holds lines of JSON, the first with the options, each other one an event ("frame", "noise", "update",
/// "drain", "finished"); the line of a frame is followed by its pixels, rows from the top without gaps. It can be replayed
/// up to the last whole event however the program ended.

#include <cstdint>
#include <functional>
#include <latentrt/stream.hpp>
#include <optional>
#include <string>
#include <vector>

namespace latentrt {

struct StreamReplay {
  std::uint64_t frames = 0, different = 0;
  std::optional<std::uint64_t> first_different{};  ///< its ticket
};

/// Called with every frame that the replay finishes, and whether it is the recorded one bit for bit.
using ReplayCallback = std::function<void(const StreamFrame& frame, bool same)>;

/// A recording that was opened; immutable.
class LATENTRT_API StreamRecording {
 public:
  /// Reads the options. Throws Error: not_found, io_error, bad_file for what is no recording.
  explicit StreamRecording(std::string path);

  const StreamOptions& options() const noexcept { return options_; }
  const std::vector<AcceleratorChoice>& accelerators() const noexcept { return accelerators_; }

  /// Does again what was recorded. The same model on the same machine with the same number of threads gives the same bits;
  /// others differ, which is counted and no error. Throws Error(bad_file) that names the event where the file is damaged
  /// or ends within one, after all events before it; and what FrameStream throws.
  StreamReplay replay(const Pipeline& pipeline, const ReplayCallback& on_frame = {}) const;

 private:
  std::string path_;
  StreamOptions options_;
  std::vector<AcceleratorChoice> accelerators_;
};

}  // namespace latentrt
