#include "comm/rendezvous/handshake.hpp"

#include <cstring>
#include <string_view>
#include <type_traits>
#include <utility>
#include <vector>

#include "base/fail.hpp"

namespace latentrt::comm {
namespace {

constexpr std::array<char, 8> kMagic{'L', 'A', 'T', 'E', 'N', 'T', 'R', 'T'};
constexpr std::uint32_t kProtocol = 1;

// Sent as they are in memory.
template <class Part>
concept Sendable =
    std::is_trivially_copyable_v<Part> && std::has_unique_object_representations_v<Part>;

template <Sendable Part>
std::span<const std::byte> bytes_of(const Part& part) {
  return std::as_bytes(std::span(&part, 1));
}
template <Sendable Part>
std::span<std::byte> writable(Part& part) {
  return std::as_writable_bytes(std::span(&part, 1));
}

/// The input of a MAC. The label prevents that one side's MAC is used as the other's.
std::vector<std::byte> transcript(std::string_view label, const Introduction& introduction,
                                  const Challenge& challenge, Verdict verdict) {
  std::vector<std::byte> all;
  const auto add = [&](std::span<const std::byte> part) {
    all.insert(all.end(), part.begin(), part.end());
  };
  add(std::as_bytes(std::span(label)));
  add(bytes_of(introduction));
  add(bytes_of(challenge));
  add(bytes_of(verdict));
  return all;
}

std::vector<std::byte> connector_words(const Introduction& introduction,
                                       const Challenge& challenge) {
  return transcript("latentrt rank connects", introduction, challenge, {});
}

std::vector<std::byte> acceptor_words(const Introduction& introduction, const Challenge& challenge,
                                      Verdict verdict) {
  return transcript("latentrt rank accepts", introduction, challenge, verdict);
}

[[noreturn]] void fail_of_verdict(Verdict verdict, const Claim& claim, const std::string& other) {
  if (verdict == Verdict::taken) {
    fail(Code::invalid_argument,
         "{} is already connected to another rank {}: each rank needs its own number", other,
         claim.from);
  }
  fail(Code::invalid_argument, "{} belongs to another run, not to one of {} ranks", other,
       claim.size);
}

/// False if the connection or the time ends before the answer arrives.
bool ask(const Socket& socket, std::span<const std::byte> question, std::span<std::byte> answer,
         TimePoint end) {
  try {
    send_until(socket, question, end);
    receive_until(socket, answer, end);
    return true;
  } catch (const Error&) {
    return false;
  }
}

}  // namespace

Visitor::Visitor(const Secret& secret, std::function<Verdict(const Claim&)> judge)
    : secret_(secret), judge_(std::move(judge)) {}

std::span<std::byte> Visitor::whole() {
  if (state_ == State::introducing) return writable(introduction_);
  if (state_ == State::proving) return writable(proof_);
  return {};
}

std::span<std::byte> Visitor::room() { return whole().subspan(received_); }

std::span<const std::byte> Visitor::took(std::size_t bytes) {
  received_ += bytes;
  if (!room().empty()) return {};
  received_ = 0;
  return answer();
}

std::span<const std::byte> Visitor::answer() {
  if (state_ == State::introducing) {
    const bool known = introduction_.magic == kMagic && introduction_.protocol == kProtocol;
    state_ = known ? State::proving : State::refused;
    if (!known) return {};
    challenge_.magic = kMagic;
    fill_with_random_bytes(challenge_.nonce);
    return bytes_of(challenge_);
  }
  const bool proven = secret_.made(proof_.mac, connector_words(introduction_, challenge_));
  judgement_.verdict = proven ? judge_(introduction_.claim) : Verdict::other_secret;
  if (proven)
    judgement_.mac = secret_.mac_of(acceptor_words(introduction_, challenge_, judgement_.verdict));
  state_ = judgement_.verdict == Verdict::welcome ? State::welcome : State::refused;
  return bytes_of(judgement_);
}

bool introduce(const Socket& socket, const Secret& secret, const Claim& claim,
               const std::string& other, TimePoint end) {
  Introduction introduction{.magic = kMagic, .protocol = kProtocol, .claim = claim};
  fill_with_random_bytes(introduction.nonce);
  Challenge challenge;
  if (!ask(socket, bytes_of(introduction), writable(challenge), end)) return false;
  if (challenge.magic != kMagic)
    fail(Code::rank_failed, "{} does not follow the protocol of ranks", other);
  const Proof proof{secret.mac_of(connector_words(introduction, challenge))};
  Judgement judgement;
  if (!ask(socket, bytes_of(proof), writable(judgement), end)) return false;
  if (!secret.made(judgement.mac, acceptor_words(introduction, challenge, judgement.verdict))) {
    fail(Code::invalid_argument,
         "{} has another secret than this rank ({}): give all ranks of a run the same", other,
         secret.source());
  }
  if (judgement.verdict != Verdict::welcome) fail_of_verdict(judgement.verdict, claim, other);
  return true;
}

}  // namespace latentrt::comm
