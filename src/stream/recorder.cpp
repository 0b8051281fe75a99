#include "stream/recorder.hpp"

#include <c10/util/hash.h>

#include <nlohmann/json.hpp>
#include <span>
#include <variant>

#include "base/fail.hpp"
#include "base/quote.hpp"
#include "stream/json.hpp"

namespace latentrt::pipeline {
namespace {

using Json = nlohmann::ordered_json;

Json names_of(const std::vector<AcceleratorChoice>& accelerators) {
  Json names = Json::array();
  for (const AcceleratorChoice& choice : accelerators) {
    if (const auto* own = std::get_if<AcceleratorPtr>(&choice)) {
      fail(Code::invalid_argument,
           "a recording cannot hold the accelerator {}: it has no name that makes it again",
           quote((*own)->name()));
    }
    names.push_back(std::get<Spec>(choice).to_string());
  }
  return names;
}

}  // namespace

StreamRecorder::StreamRecorder(const StreamOptions& options,
                               const std::vector<AcceleratorChoice>& accelerators, int width,
                               int height)
    : path_(options.recording) {
  Json header{{"latentrt_stream", kRecordingVersion}};
  header.update(to_json(options));
  header["width"] = width;
  header["height"] = height;
  header["accelerators"] = names_of(accelerators);
  try {
    file_.emplace(path_);
  } catch (const Error& error) {
    fail(Code::invalid_argument, "recording: {}", error.what());
  }
  write(header);
  file_->publish();
}

void StreamRecorder::frame(PixelFormat format, const OwnedPixels& pixels) {
  write({{"event", "frame"}, {"format", format}}, pixels.bytes());
}

void StreamRecorder::noise() { write({{"event", "noise"}}); }
void StreamRecorder::drain() { write({{"event", "drain"}}); }

void StreamRecorder::update(const StreamUpdate& update) {
  Json event{{"event", "update"}};
  event.update(to_json(update));
  write(event);
}

void StreamRecorder::finished(const StreamFrame& frame) {
  write({{"event", "finished"},
         {"ticket", frame.ticket},
         {"skipped", frame.skipped},
         {"sha1", fingerprint(frame.picture.width() > 0 ? frame.picture.image() : frame.image)}});
}

void StreamRecorder::write(const Json& event, std::string_view pixels) {
  const std::string line = event.dump() + '\n';
  file_->write(std::as_bytes(std::span(line)));
  file_->write(std::as_bytes(std::span(pixels)));
}

std::string fingerprint(const Image& image) {
  return c10::sha1(std::string(image.pixels.begin(), image.pixels.end())).str();
}

}  // namespace latentrt::pipeline
