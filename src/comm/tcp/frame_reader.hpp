#pragma once
/// Assembles frames from the bytes of a connection.

#include <functional>

#include "comm/tcp/byte_buffer.hpp"
#include "comm/tcp/frame.hpp"

namespace latentrt::comm {

/// Decides about frames, and receives them.
class FrameSink {
 public:
  enum class Answer { keep, keep_all_at_once, wait };

  virtual ~FrameSink() = default;
  /// Whether a message of this size may be received now. keep_all_at_once: its size is known to be
  /// correct. Called again after `wait`. An exception ends the connection.
  virtual Answer admit(std::uint64_t bytes) = 0;
  virtual void take(FrameKind kind, ByteBuffer bytes) = 0;
};

/// No memory is allocated for a frame before its sink has admitted it.
class FrameReader {
 public:
  explicit FrameReader(FrameSink& sink) : sink_(sink) {}

  /// Where the next bytes are to be written; passes complete frames to the sink. Empty while the
  /// sink lets a message wait. Throws Error(rank_failed), a sentence whose subject is the other
  /// rank, for data that is not a frame.
  std::span<std::byte> room();
  void took(std::size_t bytes);

  bool in_message() const noexcept { return admitted_ && header_.kind == FrameKind::message; }

 private:
  std::span<std::byte> rest_of_header();
  bool admit();

  FrameSink& sink_;
  FrameHeader header_;
  std::size_t header_bytes_ = 0;
  bool admitted_ = false;
  ByteBuffer payload_;
};

}  // namespace latentrt::comm
