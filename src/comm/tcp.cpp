#include "comm/tcp.hpp"

#include <ATen/ops/from_blob.h>
#include <poll.h>
#include <sys/eventfd.h>
#include <unistd.h>

#include <algorithm>
#include <condition_variable>
#include <cstring>
#include <map>
#include <mutex>
#include <optional>
#include <thread>
#include <utility>

#include "base/fail.hpp"
#include "comm/tcp_link.hpp"

namespace latentrt::comm {
namespace {

using Clock = std::chrono::steady_clock;
using namespace std::chrono_literals;

constexpr int kBeatsInDeadline = 4;
constexpr auto kLastWords = 1000ms;  // how long a failure may take to be told

at::Tensor bytes_of(const std::string& text) {
  at::Tensor bytes = at::empty({static_cast<std::int64_t>(text.size())}, at::kByte);
  std::memcpy(bytes.data_ptr(), text.data(), text.size());
  return bytes;
}

/// The tensor's numbers in the host's memory, where nobody else changes them.
at::Tensor bytes_of(const at::Tensor& tensor) {
  at::Tensor own = tensor.is_cpu() ? tensor.clone() : tensor.cpu();
  return at::from_blob(
      own.data_ptr(), {static_cast<std::int64_t>(own.nbytes())}, [own](void*) {}, at::kByte);
}

/// One other rank.
struct Peer {
  explicit Peer(Socket socket) : link(std::move(socket)) {}

  TcpLink link;
  Clock::time_point heard = Clock::now(), spoke = Clock::now();
  bool open = true;
  // Guarded by the communicator's mutex.
  std::map<std::uint64_t, at::Tensor> arrived;  ///< by their number
  std::uint64_t sent_to_us = 0;
  bool goodbye = false;
  // Of the rank's own thread.
  std::uint64_t expected = 0;
};

class Tcp final : public Communicator {
 public:
  Tcp(int rank, std::vector<Socket> sockets, std::chrono::milliseconds deadline)
      : Communicator(rank, static_cast<int>(sockets.size())),
        deadline_(deadline),
        wake_(::eventfd(0, EFD_CLOEXEC | EFD_NONBLOCK)),
        peers_(sockets.size()) {
    for (std::size_t i = 0; i < sockets.size(); ++i) {
      if (sockets[i]) peers_[i] = std::make_unique<Peer>(std::move(sockets[i]));
    }
    thread_ = std::thread([this] { serve(); });
  }

  ~Tcp() override {
    {
      const std::lock_guard lock(mutex_);
      closing_ = Clock::now() + (failure_ ? kLastWords : deadline_);
    }
    tell_all({FrameKind::goodbye, {}});
    thread_.join();
  }

  void give_up(const std::string& reason) noexcept override {
    const std::string sentence = fmt::format("rank {} failed: {}", rank(), reason);
    note_failure(sentence);
    tell_all({FrameKind::failure, bytes_of(sentence)});
  }

  at::Tensor receive(int from, std::uint64_t number) {
    Peer& peer = *peers_[static_cast<std::size_t>(from)];
    std::unique_lock lock(mutex_);
    const bool in_time = changed_.wait_for(
        lock, deadline_, [&] { return failure_ || peer.goodbye || peer.arrived.contains(number); });
    if (const auto found = peer.arrived.find(number); found != peer.arrived.end())
      return std::move(peer.arrived.extract(found).mapped());
    if (failure_) fail(Code::rank_failed, "rank {}: {}", rank(), *failure_);
    if (in_time) fail(Code::rank_failed, "rank {}: rank {} has ended too early", rank(), from);
    fail(Code::rank_failed, "rank {}: rank {} has sent nothing for {} ms", rank(), from,
         deadline_.count());
  }

 private:
  std::unique_ptr<Pending> start(const Messages& sends, const Messages& receives,
                                 Traffic kind) override;

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

  void note_failure(const std::string& reason) {
    const std::lock_guard lock(mutex_);
    if (!failure_) failure_ = reason;
    changed_.notify_all();
  }

  // The serving thread.

  void serve() {
    while (!may_end()) {
      wait_for_work();
      for (int i = 0; i < size(); ++i) {
        if (Peer* const peer = peers_[static_cast<std::size_t>(i)].get(); peer && peer->open)
          serve(i, *peer);
      }
    }
  }

  /// A connection that is closed before all of it was read takes with it what the other rank has not read either, be that
  /// the reason of a failure: each waits for the other's goodbye.
  bool may_end() {
    const std::lock_guard lock(mutex_);
    if (!closing_) return false;
    if (Clock::now() >= *closing_) return true;
    return std::all_of(peers_.begin(), peers_.end(), [&](const auto& peer) {
      return !peer || !peer->open || (!peer->link.has_queued() && peer->goodbye);
    });
  }

  void wait_for_work() {
    std::vector<pollfd> polls{{.fd = wake_.descriptor(), .events = POLLIN, .revents = 0}};
    for (const auto& peer : peers_) {
      if (!peer || !peer->open) continue;
      const int events = peer->link.has_queued() ? POLLIN | POLLOUT : POLLIN;
      polls.push_back(
          {.fd = peer->link.descriptor(), .events = static_cast<short>(events), .revents = 0});
    }
    const auto beat = std::min<std::int64_t>(deadline_.count() / (2 * kBeatsInDeadline), 100);
    ::poll(polls.data(), polls.size(), static_cast<int>(std::max<std::int64_t>(beat, 1)));
    std::uint64_t count = 0;
    [[maybe_unused]] const ssize_t drained = ::read(wake_.descriptor(), &count, sizeof count);
  }

  void serve(int i, Peer& peer) {
    try {
      const auto now = Clock::now();
      const bool lives = peer.link.read([&](Frame frame) { take(peer, std::move(frame)); });
      if (now - peer.spoke > deadline_ / kBeatsInDeadline && !peer.link.has_queued())
        peer.link.queue({FrameKind::heartbeat, {}});
      if (peer.link.has_queued()) peer.spoke = now;
      if (!lives || !peer.link.write()) return lose(i, peer, "its connection has ended");
      if (now - peer.heard > deadline_)
        lose(i, peer, fmt::format("nothing was heard of it for {} ms", deadline_.count()));
    } catch (const std::exception& error) {
      lose(i, peer, error.what());
    }
  }

  void take(Peer& peer, Frame frame) {
    peer.heard = Clock::now();
    if (frame.kind == FrameKind::failure) {
      const at::Tensor& text = frame.bytes;
      return note_failure(
          {static_cast<const char*>(text.data_ptr()), static_cast<std::size_t>(text.numel())});
    }
    const std::lock_guard lock(mutex_);
    if (frame.kind == FrameKind::message)
      peer.arrived.emplace(peer.sent_to_us++, std::move(frame.bytes));
    if (frame.kind == FrameKind::goodbye) peer.goodbye = true;
    if (frame.kind != FrameKind::heartbeat) changed_.notify_all();
  }

  void lose(int i, Peer& peer, const std::string& why) {
    peer.open = false;
    const bool expected = [&] {
      const std::lock_guard lock(mutex_);
      return peer.goodbye || closing_;
    }();
    if (!expected) note_failure(fmt::format("rank {} is gone: {}", i, why));
  }

  const std::chrono::milliseconds deadline_;
  const Socket wake_;
  std::vector<std::unique_ptr<Peer>> peers_;
  std::mutex mutex_;
  std::condition_variable changed_;
  // Guarded by the mutex.
  std::optional<std::string> failure_;
  std::optional<Clock::time_point> closing_;
  std::thread thread_;

  class Expected;
};

class Tcp::Expected final : public Pending {
 public:
  explicit Expected(Tcp& ranks) : ranks_(ranks) {}

  void add(const Message& message) {
    Peer& peer = *ranks_.peers_.at(static_cast<std::size_t>(message.peer));
    messages_.push_back({message, peer.expected++});
  }

  void wait() override {
    for (auto& [message, number] : std::exchange(messages_, {})) {
      const at::Tensor bytes = ranks_.receive(message.peer, number);
      if (bytes.nbytes() != message.tensor.nbytes()) {
        fail(Code::rank_failed,
             "rank {}: rank {} sent {} bytes, {} were expected: it does something else",
             ranks_.rank(), message.peer, bytes.nbytes(), message.tensor.nbytes());
      }
      message.tensor.copy_(at::from_blob(bytes.data_ptr(), message.tensor.sizes(),
                                         message.tensor.options().device(at::kCPU)));
    }
  }

 private:
  Tcp& ranks_;
  std::vector<std::pair<Message, std::uint64_t>> messages_;
};

std::unique_ptr<Pending> Tcp::start(const Messages& sends, const Messages& receives, Traffic) {
  for (const Message& message : sends)
    peers_.at(static_cast<std::size_t>(message.peer))
        ->link.queue({FrameKind::message, bytes_of(message.tensor)});
  wake();
  auto expected = std::make_unique<Expected>(*this);
  for (const Message& message : receives) expected->add(message);
  return expected;
}

}  // namespace

std::unique_ptr<Communicator> connect_tcp(int rank, std::vector<Socket> peers,
                                          std::chrono::milliseconds deadline) {
  return std::make_unique<Tcp>(rank, std::move(peers), deadline);
}

}  // namespace latentrt::comm
