#pragma once
/// How two ranks prove to each other that they know the run's secret. The secret is never sent, and who does not know it
/// learns nothing but random bytes.
///
///   who connects                      who accepts
///   Introduction with a nonce  ---->
///                              <----  Challenge with another nonce
///   Proof                      ---->                                 (a Mac of all of the above)
///                              <----  Judgement                      (a Mac of all of the above and the verdict)

#include <array>
#include <cstdint>
#include <functional>
#include <span>
#include <string>

#include "comm/meeting/secret.hpp"
#include "comm/tcp/socket.hpp"

namespace latentrt::comm {

using Nonce = std::array<std::byte, 32>;
/// Drawn by rank 0 for a run; all zero while the ranks ask for it.
using RunId = std::array<std::byte, 16>;

/// Who connects to whom. The Macs bind it.
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
  Mac mac{};  ///< nothing for other_secret
};

/// The side that accepts, without its socket: takes bytes of a stranger, and never more than an Introduction and a Proof.
class Visitor {
 public:
  /// `judge` is asked about a claim that is proven.
  Visitor(const Secret& secret, std::function<Verdict(const Claim&)> judge);

  enum class State { introducing, proving, welcome, refused };
  State state() const noexcept { return state_; }
  const Claim& claim() const noexcept { return introduction_.claim; }
  bool had_other_secret() const noexcept { return judgement_.verdict == Verdict::other_secret; }

  /// Where the next bytes of the other one belong; empty when there are none to come.
  std::span<std::byte> room();
  /// So many have been written there. Returns what is to be sent then, if anything; it is valid until the next call.
  std::span<const std::byte> took(std::size_t bytes);

 private:
  std::span<std::byte> whole();
  std::span<const std::byte> answer();

  const Secret& secret_;
  std::function<Verdict(const Claim&)> judge_;
  State state_ = State::introducing;
  std::size_t received_ = 0;  ///< of the part that comes now
  Introduction introduction_;
  Challenge challenge_;
  Proof proof_;
  Judgement judgement_;
};

/// The side that connects. True when it is welcome; false when the connection or the time ended before, which may be tried
/// again on another connection. Throws Error: rank_failed for an end that does not follow the protocol; invalid_argument that
/// says why, when one of the two does not believe the other. `other` names the other one in sentences.
bool introduce(const Socket& socket, const Secret& secret, const Claim& claim,
               const std::string& other, TimePoint end);

}  // namespace latentrt::comm
