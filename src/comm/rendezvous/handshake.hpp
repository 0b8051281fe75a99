#pragma once
/// Mutual proof of two ranks that they know the run's secret. The secret is never sent, and a peer
/// without it only receives random bytes.
///
///   connecting side                   accepting side
///   Introduction with a nonce  ---->
///                              <----  Challenge with another nonce
///   Proof                      ---->
///                              <----  Judgement
///
/// Proof contains a MAC of all parts above it, Judgement one of all above it and the verdict.

#include <array>
#include <cstdint>
#include <functional>
#include <span>
#include <string>

#include "comm/rendezvous/secret.hpp"
#include "comm/tcp/socket.hpp"

namespace latentrt::comm {

using Nonce = std::array<std::byte, 32>;
/// Drawn by rank 0 for a run; all zero while the ranks still ask for it.
using RunId = std::array<std::byte, 16>;

/// Who connects to whom; covered by the MACs.
struct Claim {
  std::int32_t from = 0, to = 0, size = 0;
  RunId run{};
};

struct Introduction {
  std::array<char, 8> magic{};
  std::uint32_t protocol = 0;
  Claim claim;
  Nonce nonce{};
};

struct Challenge {
  std::array<char, 8> magic{};
  Nonce nonce{};
};

struct Proof {
  Mac mac{};
};

enum class Verdict : std::uint32_t { welcome, other_secret, other_run, taken };

struct Judgement {
  Verdict verdict{};
  Mac mac{};  ///< zero for other_secret
};

/// The accepting side, without its socket: receives bytes of an untrusted peer, and never more than
/// an Introduction and a Proof.
class Visitor {
 public:
  /// `judge` is called with a proven claim.
  Visitor(const Secret& secret, std::function<Verdict(const Claim&)> judge);

  enum class State { introducing, proving, welcome, refused };
  State state() const noexcept { return state_; }
  const Claim& claim() const noexcept { return introduction_.claim; }
  bool had_other_secret() const noexcept { return judgement_.verdict == Verdict::other_secret; }

  /// Where the peer's next bytes are to be written; empty if no more are expected.
  std::span<std::byte> room();
  /// Takes the bytes written there. Returns the bytes to send as a reply, if any; they are valid
  /// until the next call.
  std::span<const std::byte> took(std::size_t bytes);

 private:
  std::span<std::byte> whole();
  std::span<const std::byte> answer();

  const Secret& secret_;
  std::function<Verdict(const Claim&)> judge_;
  State state_ = State::introducing;
  std::size_t received_ = 0;  ///< bytes of the current part
  Introduction introduction_;
  Challenge challenge_;
  Proof proof_;
  Judgement judgement_;
};

/// The connecting side. True if it is accepted; false if the connection or the time ended before,
/// which may be retried on another connection. Throws Error: rank_failed for a peer that does not
/// follow the protocol; invalid_argument with the reason if one of the two does not accept the
/// other. `other` is the peer's name in sentences.
bool introduce(const Socket& socket, const Secret& secret, const Claim& claim,
               const std::string& other, TimePoint end);

}  // namespace latentrt::comm
