#include "comm/tcp_link.hpp"

#include <ATen/ops/empty.h>
#include <sys/socket.h>

#include <cerrno>
#include <utility>

#include "base/fail.hpp"

namespace latentrt::comm {
namespace {

constexpr std::uint32_t kMagic = 0x4C52'5431;
constexpr std::uint64_t kMaxBytes = std::uint64_t{1} << 36U;

enum class Moved { some, none_now, ended };

Moved moved(ssize_t count, bool reading) {
  if (count > 0) return Moved::some;
  if (count < 0 && (errno == EAGAIN || errno == EWOULDBLOCK || errno == EINTR))
    return Moved::none_now;
  return count == 0 && !reading ? Moved::none_now : Moved::ended;
}

}  // namespace

std::span<std::byte> TcpLink::rest(Header& header, const at::Tensor& bytes, std::size_t done) {
  if (done < sizeof header) return std::as_writable_bytes(std::span(&header, 1)).subspan(done);
  const std::size_t from = done - sizeof header;
  if (from == header.bytes) return {};
  return {static_cast<std::byte*>(bytes.data_ptr()) + from, header.bytes - from};
}

void TcpLink::queue(Frame frame) {
  const std::lock_guard lock(mutex_);
  queued_.push_back(std::move(frame));
}

bool TcpLink::has_queued() const {
  const std::lock_guard lock(mutex_);
  return !queued_.empty();
}

bool TcpLink::write() {
  while (true) {
    Frame frame{};
    {
      const std::lock_guard lock(mutex_);
      if (queued_.empty()) return true;
      frame = queued_.front();
    }
    if (written_ == 0)
      out_ = {kMagic, frame.kind, frame.bytes.defined() ? frame.bytes.nbytes() : 0};
    for (auto left = rest(out_, frame.bytes, written_); !left.empty();
         left = rest(out_, frame.bytes, written_)) {
      const ssize_t sent = ::send(descriptor(), left.data(), left.size(), MSG_NOSIGNAL);
      if (const Moved how = moved(sent, false); how != Moved::some) return how == Moved::none_now;
      written_ += static_cast<std::size_t>(sent);
    }
    written_ = 0;
    const std::lock_guard lock(mutex_);
    queued_.pop_front();
  }
}

bool TcpLink::read(const std::function<void(Frame)>& on_frame) {
  while (true) {
    const auto left = rest(in_, reading_, read_);
    const ssize_t received = ::recv(descriptor(), left.data(), left.size(), 0);
    if (const Moved how = moved(received, true); how != Moved::some) return how == Moved::none_now;
    read_ += static_cast<std::size_t>(received);
    if (read_ == sizeof in_) {
      if (in_.magic != kMagic || in_.bytes > kMaxBytes)
        fail(Code::rank_failed, "it does not speak as a rank does");
      reading_ = at::empty({static_cast<std::int64_t>(in_.bytes)}, at::kByte);
    }
    if (read_ < sizeof in_ || read_ < sizeof in_ + in_.bytes) continue;
    read_ = 0;
    on_frame({in_.kind, std::exchange(reading_, {})});
  }
}

}  // namespace latentrt::comm
