#pragma once
/// Accepts connections of ranks and refuses those of strangers.

#include <functional>
#include <list>
#include <optional>
#include <string>
#include <vector>

#include "comm/rendezvous/handshake.hpp"

namespace latentrt::comm {

/// A rank that has proven its identity.
struct Guest {
  Socket socket;
  Claim claim;
};

/// Listens, and serves all connections concurrently: a silent, slow or foreign peer delays nobody.
/// At most kMaxVisitors are connected at once; each has kPatience, and the oldest less if others
/// wait.
class Door {
 public:
  using Judge = std::function<Verdict(const Claim&)>;

  Door(std::vector<Socket> listeners, const Secret& secret, Judge judge);

  static constexpr std::size_t kMaxVisitors = 64;

  /// The next rank that is accepted; nothing when the time is up.
  std::optional<Guest> next(TimePoint end);

  /// "; refused: 10.0.0.7 (another secret)" for the last peer with another secret; empty if there
  /// was none.
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
  /// False if the conversation has ended.
  bool talk_to(Place& place);
  void note_refusal(const Place& place);

  const std::vector<Socket> listeners_;
  const Secret& secret_;
  const Judge judge_;
  std::list<Place> places_;  ///< the oldest first
  std::string refused_;
};

}  // namespace latentrt::comm
