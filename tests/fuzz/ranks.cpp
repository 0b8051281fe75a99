/// Data from a hostile peer: to a rank that listens, to one that connects, and as frames of a run.
#include <sys/socket.h>

#include <algorithm>
#include <array>
#include <chrono>
#include <cstring>
#include <vector>

#include "comm/rendezvous/handshake.hpp"
#include "comm/rendezvous/roll_call.hpp"
#include "comm/tcp/frame_reader.hpp"
#include "comm/tcp/mailbox.hpp"
#include "fuzz/check.hpp"

using namespace latentrt;
using namespace latentrt::comm;

namespace {

using Bytes = std::span<const std::byte>;

const Secret& secret() {
  static const Secret known("what no input of a fuzzer knows of", "the fuzz target");
  return known;
}

/// Runs `work`, which may refuse the peer's data with one short line.
template <class Work>
void refusable(Work&& work) {
  try {
    work();
  } catch (const Error& error) {
    const std::string_view sentence = error.what();
    fuzz::require(!sentence.empty() && sentence.size() < 4096, "a refusal is a short sentence");
    fuzz::require(sentence.find('\n') == std::string_view::npos, "a refusal is one line");
  }
}

std::size_t give(std::span<std::byte> room, Bytes& input) {
  const std::size_t count = std::min(room.size(), input.size());
  std::copy_n(input.begin(), count, room.begin());
  input = input.subspan(count);
  return count;
}

void knock(Bytes input) {
  Visitor visitor(secret(), [](const Claim&) { return Verdict::welcome; });
  while (!input.empty() && !visitor.room().empty()) (void)visitor.took(give(visitor.room(), input));
  fuzz::require(visitor.state() != Visitor::State::welcome, "nobody is welcome without the secret");
}

/// The peer has sent all its data.
Socket from_peer(Bytes input, Socket& peer) {
  std::array<int, 2> ends{};
  fuzz::require(
      ::socketpair(AF_UNIX, SOCK_STREAM | SOCK_NONBLOCK | SOCK_CLOEXEC, 0, ends.data()) == 0,
      "there are sockets");
  peer = Socket(ends[1]);
  (void)!::send(ends[1], input.data(), input.size(), MSG_NOSIGNAL);
  ::shutdown(ends[1], SHUT_WR);
  return Socket(ends[0]);
}

TimePoint soon() { return std::chrono::steady_clock::now() + std::chrono::seconds(5); }

void connect(Bytes input) {
  Socket peer;
  const Socket socket = from_peer(input, peer);
  refusable([&] {
    fuzz::require(!introduce(socket, secret(), {.from = 1, .size = 2}, "rank 0", soon()),
                  "nobody is believed without the secret");
  });
}

void call_roll(Bytes input) {
  Socket peer;
  const Socket socket = from_peer(input, peer);
  refusable([&] {
    std::array<Endpoint, 3> places;
    while (!receive_part(socket, std::as_writable_bytes(std::span(places)), soon())) {
    }
  });
}

/// One rank's end of a connection. The other rank's frames are mixed with what this rank expects.
class Rank final : public FrameSink {
 public:
  void run(Bytes input) {
    while (!input.empty()) {
      const auto word = std::to_integer<std::uint8_t>(input.front());
      input = input.subspan(1);
      if (word < 64) {
        expect(word);
      } else {
        hear(word, input);
      }
      check();
    }
  }

  Answer admit(std::uint64_t bytes) override {
    switch (mailbox_.admit(bytes)) {
      case Mailbox::Admission::expected:
        return Answer::keep_all_at_once;
      case Mailbox::Admission::early:
        return Answer::keep;
      case Mailbox::Admission::wait:
        break;
    }
    return Answer::wait;
  }

  void take(FrameKind kind, ByteBuffer bytes) override {
    if (kind != FrameKind::message) {
      fuzz::require(kind == FrameKind::failure || bytes.bytes().empty(), "these frames are empty");
      return;
    }
    const std::size_t number = came_++;
    if (number < sizes_.size())
      fuzz::require(bytes.bytes().size() == sizes_[number], "a message is of the expected size");
    mailbox_.put(std::move(bytes));
  }

 private:
  void expect(std::uint64_t bytes) {
    sizes_.push_back(bytes);
    (void)mailbox_.expect(bytes);
  }

  void hear(std::size_t count, Bytes& input) {
    Bytes part = input.subspan(0, std::min(count, input.size()));
    input = input.subspan(part.size());
    heard_ += part.size();
    for (auto room = reader_.room(); !part.empty() && !room.empty(); room = reader_.room())
      reader_.took(give(room, part));
  }

  void check() {
    fuzz::require(mailbox_.early_bytes() <= Mailbox::kMaxEarly, "early messages have a limit");
    const std::size_t room = reader_.room().size();
    fuzz::require(room <= std::max<std::size_t>(2 * heard_, 64 << 10),
                  "memory grows with what came, not with what was announced");
  }

  Mailbox mailbox_;
  FrameReader reader_{*this};
  std::vector<std::uint64_t> sizes_;
  std::size_t came_ = 0, heard_ = 0;
};

}  // namespace

/// The first byte selects the side of the protocol that gets the other bytes.
extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  if (size == 0) return 0;
  const Bytes input = std::as_bytes(std::span(data, size)).subspan(1);
  switch (data[0] % 4) {
    case 0:
      knock(input);
      break;
    case 1:
      connect(input);
      break;
    case 2:
      call_roll(input);
      break;
    default:
      refusable([&] { Rank().run(input); });
  }
  return 0;
}
