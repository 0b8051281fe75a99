#include "comm/tcp/tcp_link.hpp"

#include <sys/socket.h>

#include <cerrno>
#include <utility>

namespace latentrt::comm {
namespace {

constexpr std::uint64_t kTurn = std::uint64_t{4} << 20U;

bool is_for_later() { return errno == EAGAIN || errno == EWOULDBLOCK || errno == EINTR; }

}  // namespace

void TcpLink::queue(Frame frame) {
  const std::lock_guard lock(mutex_);
  queued_bytes_ += frame.bytes.size();
  queued_.push_back(std::move(frame));
}

bool TcpLink::has_queued() const {
  const std::lock_guard lock(mutex_);
  return !queued_.empty();
}

TcpLink::Moved TcpLink::write() {
  Moved moved;
  while (moved.bytes < kTurn) {
    Frame frame{};
    {
      const std::lock_guard lock(mutex_);
      if (queued_.empty()) return moved;
      frame = queued_.front();
    }
    if (!write(frame, moved)) return moved;
    written_ = 0;
    queued_bytes_ -= frame.bytes.size();
    const std::lock_guard lock(mutex_);
    queued_.pop_front();
  }
  return moved;
}

/// True when the whole frame has been sent.
bool TcpLink::write(Frame& frame, Moved& moved) {
  if (written_ == 0) out_ = {.kind = frame.kind, .bytes = frame.bytes.size()};
  const auto header = std::as_bytes(std::span(&out_, 1));
  const std::size_t whole = header.size() + frame.bytes.size();
  while (written_ < whole) {
    const auto left = written_ < header.size() ? header.subspan(written_)
                                               : frame.bytes.subspan(written_ - header.size());
    const ssize_t sent = ::send(descriptor(), left.data(), left.size(), MSG_NOSIGNAL);
    if (sent <= 0) {
      moved.lives = sent == 0 || is_for_later();
      return false;
    }
    written_ += static_cast<std::size_t>(sent);
    moved.bytes += static_cast<std::uint64_t>(sent);
  }
  return true;
}

TcpLink::Moved TcpLink::read() {
  Moved moved;
  while (true) {
    const std::span<std::byte> room = reader_.room();
    waits_ = room.empty();
    if (room.empty() || moved.bytes >= kTurn) return moved;
    const ssize_t received = ::recv(descriptor(), room.data(), room.size(), 0);
    if (received <= 0) {
      moved.lives = received < 0 && is_for_later();
      return moved;
    }
    reader_.took(static_cast<std::size_t>(received));
    moved.bytes += static_cast<std::uint64_t>(received);
  }
}

}  // namespace latentrt::comm
