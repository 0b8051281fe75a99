#include "comm/tcp/tcp.hpp"

#include <ATen/ops/from_blob.h>
#include <poll.h>
#include <sys/eventfd.h>
#include <unistd.h>

#include <algorithm>
#include <optional>
#include <thread>
#include <utility>

#include "base/cancel.hpp"
#include "base/ends_at_exit.hpp"
#include "base/fail.hpp"
#include "comm/tcp/one_line.hpp"
#include "comm/tcp/tcp_peer.hpp"

namespace latentrt::comm {
namespace {

using Clock = std::chrono::steady_clock;
using namespace std::chrono_literals;

constexpr int kBeatsInDeadline = 4;
constexpr auto kLastWords = 1000ms;    // how long sending a failure may take
constexpr auto kCancelInterval = 2ms;  // between two checks of the cancel flags while waiting
constexpr std::uint64_t kMaxQueued = std::uint64_t{64}
                                     << 20U;  // bytes for a rank, before its sender waits

template <class Owner>
Frame frame_of(FrameKind kind, Owner owner, const void* data, std::size_t bytes) {
  return {kind, {static_cast<const std::byte*>(data), bytes}, std::move(owner)};
}

Frame frame_of(const std::string& sentence) {
  auto own = std::make_shared<const std::string>(sentence.substr(0, kMaxSentence));
  return frame_of(FrameKind::failure, own, own->data(), own->size());
}

/// A copy in host memory that nobody else changes.
Frame frame_of(const at::Tensor& tensor) {
  auto own = std::make_shared<const at::Tensor>(tensor.is_cpu() ? tensor.clone() : tensor.cpu());
  return frame_of(FrameKind::message, own, own->data_ptr(), own->nbytes());
}

class Tcp final : public Communicator {
 public:
  Tcp(int rank, std::vector<Socket> sockets, std::chrono::milliseconds deadline)
      : Communicator(rank, static_cast<int>(sockets.size())),
        deadline_(deadline),
        wake_(::eventfd(0, EFD_CLOEXEC | EFD_NONBLOCK)),
        peers_(sockets.size()) {
    for (std::size_t i = 0; i < sockets.size(); ++i) {
      if (sockets[i]) peers_[i] = std::make_unique<TcpPeer>(std::move(sockets[i]), shared_);
    }
    thread_ = std::thread([this] { serve(); });
  }

  ~Tcp() override {
    at_exit_.reset();
    end(deadline_);
  }

  void give_up(const std::string& reason) noexcept override {
    const std::string sentence = fmt::format("rank {} failed: {}", rank(), reason);
    shared_.note_failure(sentence);
    tell_all(frame_of(sentence));
  }

  std::uint64_t expect(int from, const at::Tensor& tensor) {
    try {
      const std::lock_guard lock(shared_.mutex);
      return peer(from).mailbox.expect(tensor.nbytes());
    } catch (const Error& error) {
      fail(Code::rank_failed, "rank {}: rank {} {}", rank(), from, error.what());
    }
  }

  ByteBuffer receive(int from, std::uint64_t number) {
    TcpPeer& sender = peer(from);
    std::unique_lock lock(shared_.mutex);
    const bool in_time = wait_while_moving(lock, sender.sent, [&] {
      return shared_.failure || sender.goodbye || sender.mailbox.has(number);
    });
    if (sender.mailbox.has(number)) return sender.mailbox.take(number);
    if (shared_.failure) fail(Code::rank_failed, "rank {}: {}", rank(), *shared_.failure);
    if (in_time) fail(Code::rank_failed, "rank {}: rank {} has ended too early", rank(), from);
    fail(Code::rank_failed, "rank {}: rank {} has sent nothing for {} ms", rank(), from,
         deadline_.count());
  }

 private:
  std::unique_ptr<Pending> start(const Messages& sends, const Messages& receives,
                                 Traffic kind) override;

  TcpPeer& peer(int rank) { return *peers_.at(static_cast<std::size_t>(rank)); }

  void wake() const noexcept {
    const std::uint64_t one = 1;
    [[maybe_unused]] const ssize_t written = ::write(wake_.descriptor(), &one, sizeof one);
  }

  void tell_all(const Frame& frame) {
    for (const auto& peer : peers_) {
      if (peer) peer->link.queue(frame);
    }
    wake();
  }

  /// Waits until `ready`. False if `progress` has not changed for the deadline. Throws
  /// Error(cancelled) if this rank's caller cancels.
  template <class Ready>
  bool wait_while_moving(std::unique_lock<std::mutex>& lock, const TimePoint& progress,
                         Ready ready) {
    const CancelCheck check_cancelled;
    const TimePoint began = Clock::now();
    while (!ready()) {
      check_cancelled();
      const TimePoint now = Clock::now(), end = std::max(began, progress) + deadline_;
      if (now >= end) return false;
      shared_.changed.wait_until(lock, std::min(end, now + kCancelInterval));
    }
    return true;
  }

  /// Waits for a rank that does not receive what it was sent, instead of filling memory.
  void wait_for_place(int to) {
    TcpPeer& receiver = peer(to);
    if (receiver.link.queued_bytes() < kMaxQueued) return;
    wake();
    std::unique_lock lock(shared_.mutex);
    receiver.held_up = true;
    const bool in_time = wait_while_moving(lock, receiver.drained, [&] {
      return shared_.failure || receiver.goodbye || receiver.link.queued_bytes() < kMaxQueued;
    });
    receiver.held_up = false;
    if (in_time) return;
    fail(Code::rank_failed, "rank {}: rank {} has taken nothing for {} ms", rank(), to,
         deadline_.count());
  }

  /// Says goodbye, and ends the serving thread when the other ranks have done so too, after
  /// `patience` at the latest.
  void end(std::chrono::milliseconds patience) {
    {
      const std::lock_guard lock(shared_.mutex);
      shared_.closing = Clock::now() + (shared_.failure ? kLastWords : patience);
    }
    tell_all({FrameKind::goodbye});
    if (thread_.joinable()) thread_.join();
  }

  // The serving thread.

  void serve() {
    while (!may_end()) {
      wait_for_work();
      for (int i = 0; i < size(); ++i) {
        if (TcpPeer* const peer = peers_[static_cast<std::size_t>(i)].get(); peer && peer->open)
          serve(i, *peer);
      }
    }
  }

  /// A connection that is closed before all data was read also loses data that the other rank has
  /// not read yet, possibly the reason of a failure: so each waits for the other's goodbye.
  bool may_end() {
    const std::lock_guard lock(shared_.mutex);
    if (!shared_.closing) return false;
    if (Clock::now() >= *shared_.closing) return true;
    return std::all_of(peers_.begin(), peers_.end(), [&](const auto& peer) {
      if (!peer || !peer->open) return true;
      return !peer->link.has_queued() && (peer->goodbye || !reads(*peer));
    });
  }

  static bool reads(const TcpPeer& peer) { return peer.heeded && !peer.link.waits(); }

  void wait_for_work() {
    std::vector<pollfd> polls{{.fd = wake_.descriptor(), .events = POLLIN, .revents = 0}};
    for (const auto& peer : peers_) {
      if (!peer || !peer->open) continue;
      const int events = (reads(*peer) ? POLLIN : 0) | (peer->link.has_queued() ? POLLOUT : 0);
      // A connection that has ended would wake poll() even if nothing is expected of it.
      polls.push_back({.fd = events == 0 ? -1 : peer->link.descriptor(),
                       .events = static_cast<short>(events),
                       .revents = 0});
    }
    const auto beat = std::min<std::int64_t>(deadline_.count() / (2 * kBeatsInDeadline), 100);
    ::poll(polls.data(), polls.size(), static_cast<int>(std::max<std::int64_t>(beat, 1)));
    std::uint64_t count = 0;
    [[maybe_unused]] const ssize_t drained = ::read(wake_.descriptor(), &count, sizeof count);
  }

  void serve(int i, TcpPeer& peer) {
    const bool lives = !peer.heeded || read(i, peer);
    if (!lives || !write(peer)) return lose(i, peer, "its connection has ended");
    if (peer.heeded && Clock::now() - peer.heard > deadline_)
      lose(i, peer, fmt::format("it has sent nothing for {} ms", deadline_.count()));
  }

  /// Received bytes are a sign of life, however long their frame; so are bytes that wait here to be
  /// read.
  bool read(int i, TcpPeer& peer) {
    try {
      const TcpLink::Moved moved = peer.link.read();
      if (moved.bytes == 0 && !peer.link.waits()) return moved.lives;
      peer.heard = Clock::now();
      if (!peer.link.in_message()) return moved.lives;
      const std::lock_guard lock(shared_.mutex);
      peer.sent = peer.heard;
      return moved.lives;
    } catch (const std::exception& error) {
      peer.heeded = false;
      shared_.note_failure(fmt::format("rank {} {}", i, error.what()));
      return true;
    }
  }

  bool write(TcpPeer& peer) {
    const TimePoint now = Clock::now();
    if (now - peer.spoke > deadline_ / kBeatsInDeadline && !peer.link.has_queued())
      peer.link.queue({FrameKind::heartbeat});
    if (!peer.link.has_queued()) return true;
    peer.spoke = now;
    const TcpLink::Moved moved = peer.link.write();
    if (moved.bytes == 0) return moved.lives;
    const std::lock_guard lock(shared_.mutex);
    peer.drained = now;
    if (peer.held_up) shared_.changed.notify_all();
    return moved.lives;
  }

  void lose(int i, TcpPeer& peer, const std::string& why) {
    peer.open = false;
    const bool expected = [&] {
      const std::lock_guard lock(shared_.mutex);
      return peer.goodbye || shared_.closing;
    }();
    if (!expected) shared_.note_failure(fmt::format("rank {} is lost: {}", i, why));
  }

  const std::chrono::milliseconds deadline_;
  const Socket wake_;
  TcpShared shared_;
  std::vector<std::unique_ptr<TcpPeer>> peers_;
  std::thread thread_;
  std::optional<EndsAtExit> at_exit_{std::in_place, [this] { end(kLastWords); }};

  class Expected;
};

class Tcp::Expected final : public Pending {
 public:
  explicit Expected(Tcp& ranks) : ranks_(ranks) {}

  void add(const Message& message) {
    messages_.emplace_back(message, ranks_.expect(message.peer, message.tensor));
  }

  void wait() override {
    for (auto& [message, number] : std::exchange(messages_, {})) {
      const ByteBuffer buffer = ranks_.receive(message.peer, number);
      if (message.tensor.numel() == 0) continue;
      auto* const data = const_cast<std::byte*>(buffer.bytes().data());
      write_received(message.tensor, at::from_blob(data, message.tensor.sizes(),
                                                   message.tensor.options().device(at::kCPU)));
    }
  }

 private:
  Tcp& ranks_;
  std::vector<std::pair<Message, std::uint64_t>> messages_;
};

/// Receives are registered before anything is sent, so that two ranks that send each other large
/// messages do not wait for each other.
std::unique_ptr<Pending> Tcp::start(const Messages& sends, const Messages& receives, Traffic) {
  auto expected = std::make_unique<Expected>(*this);
  for (const Message& message : receives) expected->add(message);
  for (const Message& message : sends) {
    wait_for_place(message.peer);
    peer(message.peer).link.queue(frame_of(message.tensor));
  }
  wake();
  return expected;
}

}  // namespace

std::unique_ptr<Communicator> connect_tcp(int rank, std::vector<Socket> peers,
                                          std::chrono::milliseconds deadline) {
  return std::make_unique<Tcp>(rank, std::move(peers), deadline);
}

}  // namespace latentrt::comm
