#include <latentrt/stream_recording.hpp>

#include <deque>
#include <iterator>
#include <utility>
#include <variant>

#include "base/fail.hpp"
#include "stream/recorded_events.hpp"
#include "stream/recorder.hpp"

namespace latentrt {
namespace {

using namespace pipeline;

/// Replays a recording's events.
class Replayer {
 public:
  Replayer(RecordingReader& events, FrameStream& stream, const ReplayCallback& on_frame)
      : events_(events), stream_(stream), on_frame_(on_frame) {}

  StreamReplay run() {
    while (const auto event = events_.next())
      std::visit([this](const auto& what) { follow(what); }, *event);
    return result_;
  }

 private:
  void follow(const RecordedFrame& frame) {
    keep(stream_.push({frame.pixels.data(), stream_.width(), stream_.height(), frame.format}));
  }
  void follow(const RecordedNoise&) { keep(stream_.push_noise()); }
  void follow(const RecordedDrain&) { keep(stream_.drain()); }
  void follow(const StreamUpdate& update) { stream_.update(update); }

  void follow(const RecordedPicture& recorded) {
    if (finished_.empty()) {
      fail(Code::bad_file, "{}: a frame finished there that has not finished now", events_.where());
    }
    const StreamFrame frame = std::move(finished_.front());
    finished_.pop_front();
    const bool same = frame.ticket == recorded.ticket && frame.skipped == recorded.skipped &&
                      fingerprint(frame.image) == recorded.sha1;
    ++result_.frames;
    if (!same) ++result_.different;
    if (!same && !result_.first_different) result_.first_different = frame.ticket;
    if (on_frame_) on_frame_(frame, same);
  }

  void keep(std::vector<StreamFrame> done) {
    std::move(done.begin(), done.end(), std::back_inserter(finished_));
  }

  RecordingReader& events_;
  FrameStream& stream_;
  const ReplayCallback& on_frame_;
  std::deque<StreamFrame> finished_;  ///< finished frames that the recording has not reached yet
  StreamReplay result_;
};

}  // namespace

StreamRecording::StreamRecording(std::string path) : path_(std::move(path)) {
  const RecordingReader events(path_);
  options_ = events.options();
  for (const std::string& text : events.accelerators())
    accelerators_.emplace_back(Spec::parse(text));
}

StreamReplay StreamRecording::replay(const Pipeline& pipeline,
                                     const ReplayCallback& on_frame) const {
  StreamOptions options = options_;
  options.target_fps = 0;  // the rate controller's requests are in the recording
  FrameStream stream(pipeline, options, accelerators_);
  RecordingReader events(path_);
  return Replayer(events, stream, on_frame).run();
}

}  // namespace latentrt
