#pragma once
/// One connection to another rank: sends and receives frames.

#include <atomic>
#include <deque>
#include <memory>
#include <mutex>

#include "comm/tcp/frame_reader.hpp"
#include "comm/tcp/socket.hpp"

namespace latentrt::comm {

/// A frame to send.
struct Frame {
  FrameKind kind;
  std::span<const std::byte> bytes{};
  std::shared_ptr<const void> owner{};  ///< of the bytes
};

/// Any thread may queue frames; one thread reads and writes. The socket does not block.
class TcpLink {
 public:
  TcpLink(Socket socket, FrameSink& sink) : socket_(std::move(socket)), reader_(sink) {}

  int descriptor() const noexcept { return socket_.descriptor(); }
  void queue(Frame frame);
  bool has_queued() const;
  std::uint64_t queued_bytes() const noexcept { return queued_bytes_; }
  /// Whether reading is paused because the sink lets the next message wait.
  bool waits() const noexcept { return waits_; }
  bool in_message() const noexcept { return reader_.in_message(); }

  struct Moved {
    bool lives = true;  ///< the connection has not ended
    std::uint64_t bytes = 0;
  };
  /// As much as the connection takes, or has, now; but not so much that other connections have to
  /// wait.
  Moved write();
  Moved read();

 private:
  bool write(Frame& frame, Moved& moved);

  Socket socket_;
  FrameReader reader_;
  std::atomic<bool> waits_ = false;
  mutable std::mutex mutex_;
  std::deque<Frame> queued_;  ///< guarded by the mutex
  std::atomic<std::uint64_t> queued_bytes_ = 0;
  FrameHeader out_;
  std::size_t written_ = 0;  ///< of the first frame, including its header
};

}  // namespace latentrt::comm
