#pragma once
/// The state that a rank connected by sockets keeps about another one, and the state that all its
/// threads share.

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
  std::optional<TimePoint> closing;    ///< latest time at which this rank ends

  void note_failure(const std::string& reason);
};

/// One other rank. Frames arrive on the thread that serves the connections.
class TcpPeer final : public FrameSink {
 public:
  TcpPeer(Socket socket, TcpShared& shared) : link(std::move(socket), *this), shared_(shared) {}

  // Used by the serving thread.
  TcpLink link;
  TimePoint heard = std::chrono::steady_clock::now(), spoke = heard;
  bool open = true;
  /// false after a violation of the protocol: it is sent the reason, and not read any more
  bool heeded = true;

  // Guarded by the shared mutex.
  Mailbox mailbox;
  bool goodbye = false;
  bool held_up = false;  ///< the rank's own thread waits for it to receive what is queued
  /// when bytes of its messages last arrived, and bytes of ours were sent
  TimePoint sent{}, drained{};

  Answer admit(std::uint64_t bytes) override;
  void take(FrameKind kind, ByteBuffer bytes) override;

 private:
  TcpShared& shared_;
};

}  // namespace latentrt::comm
