#pragma once
/// What a rank that is connected by sockets keeps of another one, and what all of its threads share.

#include <chrono>
#include <condition_variable>
#include <mutex>
#include <optional>
#include <string>

#include "comm/tcp/mailbox.hpp"
#include "comm/tcp/tcp_link.hpp"

namespace latentrt::comm {

struct TcpShared {
  std::mutex mutex;
  std::condition_variable changed;
  // Guarded by the mutex.
  std::optional<std::string> failure;  ///< the first one
  std::optional<TimePoint> closing;    ///< when this rank ends at the latest

  void note_failure(const std::string& reason);
};

/// One other rank. Frames come in on the thread that serves the connections.
class TcpPeer final : public FrameSink {
 public:
  TcpPeer(Socket socket, TcpShared& shared) : link(std::move(socket), *this), shared_(shared) {}

  // Of the serving thread.
  TcpLink link;
  TimePoint heard = std::chrono::steady_clock::now(), spoke = heard;
  bool open = true;
  bool heeded =
      true;  ///< false after it said what no rank says: it is told why, and not listened to

  // Guarded by the shared mutex.
  Mailbox mailbox;
  bool goodbye = false;
  bool held_up = false;         ///< the rank's own thread waits for it to take what is queued
  TimePoint sent{}, drained{};  ///< when bytes of its messages last came, and of ours went

  Answer admit(std::uint64_t bytes) override;
  void take(FrameKind kind, ByteBuffer bytes) override;

 private:
  TcpShared& shared_;
};

}  // namespace latentrt::comm
