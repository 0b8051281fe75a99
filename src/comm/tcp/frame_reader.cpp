#include "comm/tcp/frame_reader.hpp"

#include <utility>

#include "base/fail.hpp"
#include "comm/tcp/one_line.hpp"

namespace latentrt::comm {
namespace {

void check(const FrameHeader& header) {
  const bool speaks = header.magic == FrameHeader{}.magic && header.kind <= FrameKind::goodbye;
  const bool has_size = header.kind == FrameKind::message ||
                        header.bytes <= (header.kind == FrameKind::failure ? kMaxSentence : 0);
  if (!speaks || !has_size) fail(Code::rank_failed, "does not follow the protocol of ranks");
}

}  // namespace

std::span<std::byte> FrameReader::rest_of_header() {
  return std::as_writable_bytes(std::span(&header_, 1)).subspan(header_bytes_);
}

bool FrameReader::admit() {
  if (admitted_) return true;
  check(header_);
  if (header_.kind == FrameKind::message) {
    const FrameSink::Answer answer = sink_.admit(header_.bytes);
    if (answer == FrameSink::Answer::wait) return false;
    if (answer == FrameSink::Answer::keep_all_at_once) payload_.reserve(header_.bytes);
  }
  return admitted_ = true;
}

std::span<std::byte> FrameReader::room() {
  while (header_bytes_ == sizeof header_) {
    if (!admit()) return {};
    if (payload_.bytes().size() < header_.bytes) return payload_.room(header_.bytes);
    header_bytes_ = 0;
    admitted_ = false;
    sink_.take(header_.kind, std::exchange(payload_, {}));
  }
  return rest_of_header();
}

void FrameReader::took(std::size_t bytes) {
  if (header_bytes_ < sizeof header_)
    header_bytes_ += bytes;
  else
    payload_.took(bytes);
}

}  // namespace latentrt::comm
