#pragma once
/// The file of a stream's recording. Needs no model.

#include <cstddef>
#include <cstdint>
#include <latentrt/stream.hpp>
#include <nlohmann/json_fwd.hpp>
#include <optional>
#include <string>
#include <variant>
#include <vector>

#include "base/input_file.hpp"

namespace latentrt::pipeline {

constexpr int kRecordingVersion = 1;

struct RecordedFrame {
  PixelFormat format;
  std::vector<std::byte> pixels;  ///< rows from the top without gaps
};
struct RecordedNoise {};
struct RecordedDrain {};
/// A picture that came out.
struct RecordedPicture {
  std::uint64_t ticket;
  bool skipped;
  std::string sha1;
};
using RecordedEvent =
    std::variant<RecordedFrame, RecordedNoise, StreamUpdate, RecordedDrain, RecordedPicture>;

/// Reads a recording from beginning to end. Memory is bounded by a line and a frame, and by the
/// size of the file. All functions throw Error(bad_file) that names file and line if the file is
/// damaged or ends within an event.
class RecordingReader {
 public:
  /// Reads the first line. Throws Error: not_found and io_error as well, and unsupported for
  /// another version.
  explicit RecordingReader(const std::string& path);

  const StreamOptions& options() const noexcept { return options_; }  ///< with width and height
  const std::vector<std::string>& accelerators() const noexcept { return accelerators_; }

  /// Empty at the end.
  std::optional<RecordedEvent> next();
  /// File and line of the last event, for error sentences.
  std::string where() const;

 private:
  std::optional<nlohmann::ordered_json> next_value();
  std::string next_line();
  RecordedFrame frame(const nlohmann::ordered_json& event);
  std::vector<std::byte> bytes(std::size_t count);
  [[noreturn]] void fail_at_end() const;

  InputFile file_;
  std::uint64_t position_ = 0;
  std::size_t lines_ = 0;
  StreamOptions options_;
  std::vector<std::string> accelerators_;
};

}  // namespace latentrt::pipeline
