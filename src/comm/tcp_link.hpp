#pragma once
/// One connection to another rank: frames in and out.

#include <ATen/core/Tensor.h>

#include <cstdint>
#include <deque>
#include <functional>
#include <mutex>

#include "comm/socket.hpp"

namespace latentrt::comm {

enum class FrameKind : std::uint32_t { message, heartbeat, failure, goodbye };

/// What goes over a connection: a header, then the bytes.
struct Frame {
  FrameKind kind;
  at::Tensor bytes;  ///< uint8 [n], on the host
};

/// Frames may be queued by any thread; one thread reads and writes. The socket does not block.
class TcpLink {
 public:
  explicit TcpLink(Socket socket) : socket_(std::move(socket)) {}

  int descriptor() const noexcept { return socket_.descriptor(); }
  void queue(Frame frame);
  bool has_queued() const;

  /// Writes as much as the connection takes now. False when it has ended.
  bool write();
  /// Reads what is there now. False when it has ended; `on_frame` may throw.
  bool read(const std::function<void(Frame)>& on_frame);

 private:
  struct Header {
    std::uint32_t magic;
    FrameKind kind;
    std::uint64_t bytes;
  };
  /// The part of a frame that `done` bytes of it are followed by: what is left of the header, else of the bytes.
  static std::span<std::byte> rest(Header& header, const at::Tensor& bytes, std::size_t done);

  Socket socket_;
  mutable std::mutex mutex_;
  std::deque<Frame> queued_;  ///< guarded by the mutex
  Header out_{}, in_{};
  std::size_t written_ = 0, read_ = 0;  ///< of the frames under way
  at::Tensor reading_;
};

}  // namespace latentrt::comm
