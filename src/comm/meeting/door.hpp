#pragma once
/// Where ranks come in, and strangers do not.

#include <functional>
#include <list>
#include <optional>
#include <string>
#include <vector>

#include "comm/meeting/handshake.hpp"

namespace latentrt::comm {

/// A rank that has proven who it is.
struct Guest {
  Socket socket;
  Claim claim;
};

/// Listens, and talks to everybody who connects at the same time: one who is silent, slow or a stranger keeps nobody else
/// waiting. At most kMaxVisitors are there at once; each has kPatience, and the eldest less when others wait.
class Door {
 public:
  using Judge = std::function<Verdict(const Claim&)>;

  Door(std::vector<Socket> listeners, const Secret& secret, Judge judge);

  static constexpr std::size_t kMaxVisitors = 64;

  /// The next one who is welcome; nothing when the time is up.
  std::optional<Guest> next(TimePoint end);

  /// "; refused: 10.0.0.7 (another secret)", of the last one who came with it; empty when nobody did.
  const std::string& refused() const noexcept { return refused_; }
  const std::vector<Socket>& listeners() const noexcept { return listeners_; }

 private:
  struct Place {
    Socket socket;
    Visitor visitor;
    TimePoint since;
  };

  void wait_for_anybody(TimePoint end) const;
  void take_in();
  bool has_room();
  std::optional<Guest> talk_to_all();
  /// False when there is nothing more to say.
  bool talk_to(Place& place);
  void note_refusal(const Place& place);

  const std::vector<Socket> listeners_;
  const Secret& secret_;
  const Judge judge_;
  std::list<Place> places_;  ///< the eldest first
  std::string refused_;
};

}  // namespace latentrt::comm
