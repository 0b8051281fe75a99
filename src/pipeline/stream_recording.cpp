#include <latentrt/stream_recording.hpp>

#include <deque>
#include <nlohmann/json.hpp>
#include <utility>

#include "base/input_file.hpp"
#include "base/quote.hpp"
#include "io/json.hpp"
#include "io/json_value.hpp"
#include "pipeline/pixels.hpp"
#include "pipeline/stream_json.hpp"
#include "pipeline/stream_recorder.hpp"

namespace latentrt {
namespace {

using Json = nlohmann::ordered_json;

constexpr std::size_t kMaxLine = std::size_t{1} << 20, kChunk = std::size_t{1} << 16;

/// A recording from its beginning to its end.
class EventReader {
 public:
  explicit EventReader(const std::string& path) : file_(path) {}

  /// The next line, or nothing at the end.
  std::optional<Json> next() {
    if (position_ == file_.size()) return std::nullopt;
    ++events_;
    const std::string line = next_line();
    return io::parse_json(line, where(), {.max_bytes = kMaxLine, .max_string = kMaxLine});
  }

  std::vector<std::byte> bytes(std::size_t count) {
    if (count > file_.size() - position_) fail_at_end();
    std::vector<std::byte> found(count);
    file_.read(std::exchange(position_, position_ + count), found);
    return found;
  }

  /// For error sentences.
  std::string where() const {
    return fmt::format("{} line {}", quote(file_.path().string()), events_);
  }

 private:
  std::string next_line() {
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

  [[noreturn]] void fail_at_end() const {
    fail(Code::bad_file, "{}: the recording ends within it", where());
  }

  InputFile file_;
  std::uint64_t position_ = 0;
  std::size_t events_ = 0;
};

Json read_header(EventReader& events) {
  const auto header = events.next();
  if (!header || !header->is_object() || !header->contains("latentrt_stream"))
    fail(Code::bad_file, "{}: not the beginning of a stream's recording", events.where());
  const int version = io::required_value<int>(*header, "latentrt_stream", events.where());
  if (version != pipeline::kRecordingVersion) {
    fail(Code::unsupported, "{}: a recording of version {}; this program reads version {}",
         events.where(), version, pipeline::kRecordingVersion);
  }
  return *header;
}

/// Follows a recording's events.
class Replayer {
 public:
  Replayer(EventReader& events, FrameStream& stream, const ReplayCallback& on_frame)
      : events_(events), stream_(stream), on_frame_(on_frame) {}

  StreamReplay run() {
    while (const auto event = events_.next()) follow(*event);
    return result_;
  }

 private:
  void follow(const Json& event) {
    const auto kind = io::required_value<std::string>(event, "event", events_.where());
    if (kind == "frame") {
      keep(stream_.push(frame(event)));
    } else if (kind == "noise") {
      keep(stream_.push_noise());
    } else if (kind == "drain") {
      keep(stream_.drain());
    } else if (kind == "update") {
      stream_.update(pipeline::stream_update_from(event, events_.where()));
    } else if (kind == "finished") {
      compare(event);
    } else {
      fail(Code::bad_file, "{}: no event is called {}", events_.where(), quote(kind));
    }
  }

  PixelView frame(const Json& event) {
    const int format = io::required_value<int>(event, "format", events_.where());
    if (format < 0 || format > static_cast<int>(pipeline::kLastFormat))
      fail(Code::bad_file, "{}: {} is no pixel format", events_.where(), format);
    const auto kind = static_cast<PixelFormat>(format);
    pixels_ = events_.bytes(pipeline::byte_count(kind, stream_.width(), stream_.height()));
    return {pixels_.data(), stream_.width(), stream_.height(), kind};
  }

  void keep(std::vector<StreamFrame> done) {
    std::move(done.begin(), done.end(), std::back_inserter(finished_));
  }

  void compare(const Json& event) {
    const std::string where = events_.where();
    if (finished_.empty())
      fail(Code::bad_file, "{}: a frame finished there that has not finished now", where);
    const StreamFrame frame = std::move(finished_.front());
    finished_.pop_front();
    const bool same =
        frame.ticket == io::required_value<std::uint64_t>(event, "ticket", where) &&
        frame.skipped == io::required_value<bool>(event, "skipped", where) &&
        pipeline::fingerprint(frame.image) == io::required_value<std::string>(event, "sha1", where);
    ++result_.frames;
    if (!same) ++result_.different;
    if (!same && !result_.first_different) result_.first_different = frame.ticket;
    if (on_frame_) on_frame_(frame, same);
  }

  EventReader& events_;
  FrameStream& stream_;
  const ReplayCallback& on_frame_;
  std::vector<std::byte> pixels_;
  std::deque<StreamFrame> finished_;  ///< that the recording has not come to yet
  StreamReplay result_;
};

}  // namespace

StreamRecording::StreamRecording(std::string path) : path_(std::move(path)) {
  EventReader events(path_);
  const Json header = read_header(events);
  const std::string where = events.where();
  options_ = pipeline::stream_options_from(header, where);
  for (const auto& text :
       io::required_value<std::vector<std::string>>(header, "accelerators", where))
    accelerators_.emplace_back(Spec::parse(text));
}

StreamReplay StreamRecording::replay(const Pipeline& pipeline,
                                     const ReplayCallback& on_frame) const {
  StreamOptions options = options_;
  options.target_fps = 0;  // what the clock asked for then is in the recording
  FrameStream stream(pipeline, options, accelerators_);
  EventReader events(path_);
  read_header(events);
  return Replayer(events, stream, on_frame).run();
}

}  // namespace latentrt
