#pragma once
/// Records the inputs and outputs of a stream: lines of JSON, and the pixels of frames between
/// them.

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

/// A file that can be read up to the last complete event, however the program ends. Every function
/// throws Error(io_error) that names the file if the system refuses.
class StreamRecorder {
 public:
  /// Replaces the file after its first line is written. Throws Error(invalid_argument) for a file
  /// that cannot be created, and for an accelerator that cannot be recreated by name.
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

/// The recorded fingerprint of a picture: SHA-1 in hexadecimal.
std::string fingerprint(const Image& image);

}  // namespace latentrt::pipeline
