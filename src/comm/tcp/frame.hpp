#pragma once
/// Format of the data on a connection between ranks: a header, followed by its number of bytes.

#include <cstddef>
#include <cstdint>
#include <span>

#include <string_view>
#include <vector>

namespace latentrt::comm {

enum class FrameKind : std::uint32_t { message, heartbeat, failure, goodbye };

struct FrameHeader {
  std::uint32_t magic = 0x4C52'5432;
  FrameKind kind{};
  std::uint64_t bytes = 0;
};

/// A complete frame that says why a rank cannot continue.
inline std::vector<std::byte> failure_frame(std::string_view sentence) {
  const FrameHeader header{.kind = FrameKind::failure, .bytes = sentence.size()};
  std::vector<std::byte> frame;
  for (const auto part : {std::as_bytes(std::span(&header, 1)), std::as_bytes(std::span(sentence))})
    frame.insert(frame.end(), part.begin(), part.end());
  return frame;
}

}  // namespace latentrt::comm
