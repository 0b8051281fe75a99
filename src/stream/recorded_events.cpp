#include "stream/recorded_events.hpp"

#include <algorithm>
#include <nlohmann/json.hpp>
#include <span>
#include <utility>

#include "base/quote.hpp"
#include "io/json.hpp"
#include "io/json_value.hpp"
#include "pictures/pixel_bytes.hpp"
#include "stream/json.hpp"

namespace latentrt::pipeline {
namespace {

using Json = nlohmann::ordered_json;

/// For an update with the longest prompts (1 MiB each, of which a byte takes up to six).
constexpr std::size_t kMaxLine = std::size_t{16} << 20, kChunk = std::size_t{1} << 16;
constexpr std::size_t kMaxValues = 10'000;
constexpr int kMaxSide = 1 << 16;  ///< pixels; more than any model generates

}  // namespace

RecordingReader::RecordingReader(const std::string& path) : file_(path) {
  const auto header = next_value();
  if (!header || !header->contains("latentrt_stream"))
    fail(Code::bad_file, "{}: not the beginning of a stream's recording", where());
  const int version = io::required_value<int>(*header, "latentrt_stream", where());
  if (version != kRecordingVersion) {
    fail(Code::unsupported, "{}: a recording of version {}; this program reads version {}", where(),
         version, kRecordingVersion);
  }
  options_ = stream_options_from(*header, where());
  for (const int side : {options_.width, options_.height})
    if (side < 1 || side > kMaxSide)
      fail(Code::bad_file, "{}: frames of {} x {} pixels", where(), options_.width,
           options_.height);
  accelerators_ = io::required_value<std::vector<std::string>>(*header, "accelerators", where());
}

std::optional<Json> RecordingReader::next_value() {
  if (position_ == file_.size()) return std::nullopt;
  ++lines_;
  return io::parse_json(next_line(), where(),
                        {.max_bytes = kMaxLine, .max_string = kMaxLine, .max_values = kMaxValues});
}

std::optional<RecordedEvent> RecordingReader::next() {
  const auto event = next_value();
  if (!event) return std::nullopt;
  const auto kind = io::required_value<std::string>(*event, "event", where());
  if (kind == "frame") return frame(*event);
  if (kind == "noise") return RecordedNoise{};
  if (kind == "drain") return RecordedDrain{};
  if (kind == "update") return stream_update_from(*event, where());
  if (kind != "finished") fail(Code::bad_file, "{}: no event is called {}", where(), quote(kind));
  return RecordedPicture{io::required_value<std::uint64_t>(*event, "ticket", where()),
                         io::required_value<bool>(*event, "skipped", where()),
                         io::required_value<std::string>(*event, "sha1", where())};
}

RecordedFrame RecordingReader::frame(const Json& event) {
  const int format = io::required_value<int>(event, "format", where());
  if (format < 0 || format > static_cast<int>(kLastFormat))
    fail(Code::bad_file, "{}: {} is not a pixel format", where(), format);
  const auto kind = static_cast<PixelFormat>(format);
  return {kind, bytes(byte_count(kind, options_.width, options_.height))};
}

std::vector<std::byte> RecordingReader::bytes(std::size_t count) {
  if (count > file_.size() - position_) fail_at_end();
  std::vector<std::byte> found(count);
  file_.read(std::exchange(position_, position_ + count), found);
  return found;
}

std::string RecordingReader::where() const {
  return fmt::format("{} line {}", quote(file_.path().string()), lines_);
}

std::string RecordingReader::next_line() {
  std::string line;
  while (line.size() <= kMaxLine) {
    const std::size_t begin = line.size();
    const std::uint64_t left = file_.size() - position_ - begin;
    if (left == 0) fail_at_end();
    line.resize(begin + std::min<std::uint64_t>(kChunk, left));
    file_.read(position_ + begin, std::as_writable_bytes(std::span(line).subspan(begin)));
    if (const auto end = line.find('\n', begin); end != std::string::npos) {
      line.resize(end);
      position_ += end + 1;
      return line;
    }
  }
  fail(Code::bad_file, "{}: more than {} bytes in a line", where(), kMaxLine);
}

void RecordingReader::fail_at_end() const {
  fail(Code::bad_file, "{}: the recording ends within it", where());
}

}  // namespace latentrt::pipeline
