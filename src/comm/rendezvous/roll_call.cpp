#include "comm/rendezvous/roll_call.hpp"

#include <algorithm>
#include <chrono>

#include "base/fail.hpp"
#include "comm/tcp/one_line.hpp"

namespace latentrt::comm {
namespace {

using namespace std::chrono_literals;

constexpr auto kPatienceWithSentence = 1000ms;

enum class Kind : std::uint32_t { part, sentence };
struct Head {
  Kind kind{};
  std::uint32_t bytes = 0;
};

void send_all(const Socket& socket, Kind kind, std::span<const std::byte> bytes, TimePoint end) {
  const Head head{kind, static_cast<std::uint32_t>(bytes.size())};
  send_until(socket, std::as_bytes(std::span(&head, 1)), end);
  send_until(socket, bytes, end);
}

}  // namespace

void send_part(const Socket& socket, std::span<const std::byte> part, TimePoint end) {
  send_all(socket, Kind::part, part, end);
}

std::optional<std::string> receive_part(const Socket& socket, std::span<std::byte> part,
                                        TimePoint end) {
  Head head;
  receive_until(socket, std::as_writable_bytes(std::span(&head, 1)), end);
  if (head.kind == Kind::part && head.bytes == part.size()) {
    receive_until(socket, part, end);
    return std::nullopt;
  }
  if (head.kind != Kind::sentence || head.bytes > kMaxSentence)
    fail(Code::rank_failed, "it does not follow the protocol of ranks");
  std::string sentence(head.bytes, '\0');
  receive_until(socket, std::as_writable_bytes(std::span(sentence)), end);
  return one_line(sentence);
}

void send_sentence(const Socket& socket, std::string_view sentence) noexcept {
  try {
    send_all(socket, Kind::sentence, std::as_bytes(std::span(sentence.substr(0, kMaxSentence))),
             std::chrono::steady_clock::now() + kPatienceWithSentence);
  } catch (const std::exception&) {
    // The peer has disconnected as well.
  }
}

}  // namespace latentrt::comm
