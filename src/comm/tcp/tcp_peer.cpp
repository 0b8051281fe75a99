#include "comm/tcp/tcp_peer.hpp"

#include "comm/tcp/one_line.hpp"

namespace latentrt::comm {

void TcpShared::note_failure(const std::string& reason) {
  const std::lock_guard lock(mutex);
  if (!failure) failure = reason;
  changed.notify_all();
}

FrameSink::Answer TcpPeer::admit(std::uint64_t bytes) {
  const std::lock_guard lock(shared_.mutex);
  switch (mailbox.admit(bytes)) {
    case Mailbox::Admission::expected:
      return Answer::keep_all_at_once;
    case Mailbox::Admission::early:
      return Answer::keep;
    case Mailbox::Admission::wait:
      break;
  }
  return Answer::wait;
}

void TcpPeer::take(FrameKind kind, ByteBuffer bytes) {
  if (kind == FrameKind::heartbeat) return;
  if (kind == FrameKind::failure) {
    const std::span<const std::byte> text = bytes.bytes();
    return shared_.note_failure(
        one_line({reinterpret_cast<const char*>(text.data()), text.size()}));
  }
  const std::lock_guard lock(shared_.mutex);
  if (kind == FrameKind::goodbye) {
    goodbye = true;
  } else {
    mailbox.put(std::move(bytes));
    sent = std::chrono::steady_clock::now();
  }
  shared_.changed.notify_all();
}

}  // namespace latentrt::comm
