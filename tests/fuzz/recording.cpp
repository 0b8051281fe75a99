/// Recordings of streams: the first line, and every event of an accepted file.
#include "stream/recorded_events.hpp"

#include <nlohmann/json.hpp>

#include "fuzz/check.hpp"
#include "pictures/pixel_bytes.hpp"
#include "stream/json.hpp"
#include "support/temp_dir.hpp"

using namespace latentrt;

namespace {

constexpr std::size_t kMaxEvents = 100'000;

/// An event is written in a form that is read as the same event.
template <class Value>
void check_round_trip(const Value& value,
                      Value (*read)(const nlohmann::ordered_json&, std::string_view)) {
  const auto json = pipeline::to_json(value);
  fuzz::require(pipeline::to_json(read(json, "again")) == json,
                "what is written reads as the same");
}

struct Check {
  const StreamOptions& options;

  void operator()(const pipeline::RecordedFrame& frame) const {
    fuzz::require(
        frame.pixels.size() == pipeline::byte_count(frame.format, options.width, options.height),
        "a frame has its pixels");
  }
  void operator()(const StreamUpdate& update) const {
    check_round_trip(update, pipeline::stream_update_from);
  }
  template <class Other>
  void operator()(const Other&) const {}
};

void read_all(const std::string& path) {
  pipeline::RecordingReader events(path);
  check_round_trip(events.options(), pipeline::stream_options_from);
  for (std::size_t count = 0; const auto event = events.next(); ++count) {
    fuzz::require(count < kMaxEvents, "a small file has few events");
    std::visit(Check{events.options()}, *event);
  }
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  static const testing::TempDir folder;
  const auto path = folder.write("stream.recording", fuzz::text_of(data, size));
  fuzz::refusable([&] { read_all(path.string()); });
  return 0;
}
