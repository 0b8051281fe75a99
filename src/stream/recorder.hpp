#pragma once
/// Writes what goes into a stream and what comes out: lines of JSON, and the pixels of frames
/// between them.

#include <latentrt/stream.hpp>
#include <nlohmann/json_fwd.hpp>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "base/atomic_file.hpp"
#include "pictures/pixels.hpp"
#include "stream/recorded_events.hpp"

namespace latentrt::pipeline {

/// A file that can be read up to the last whole event, however the program ends. Every function
/// throws Error(io_error) that names the file when the system refuses.
class StreamRecorder {
 public:
  /// Replaces the file, once its first line is written. Throws Error(invalid_argument) for a file
  /// that cannot be made, and for an accelerator that has no name it could be made from again.
  StreamRecorder(const StreamOptions& options, const std::vector<AcceleratorChoice>& accelerators,
                 int width, int height);

  void frame(PixelFormat format, const OwnedPixels& pixels);  ///< on the host
  void noise();
  void drain();
  void update(const StreamUpdate& update);
  void finished(const StreamFrame& frame);

 private:
  void write(const nlohmann::ordered_json& event, std::string_view pixels = {});

  std::string path_;
  std::optional<AtomicFile> file_;
};

/// What a recording keeps of a picture: SHA-1 in hexadecimal.
std::string fingerprint(const Image& image);

}  // namespace latentrt::pipeline
