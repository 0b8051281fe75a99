#include "comm/rendezvous.hpp"

#include <c10/util/Exception.h>

#include <algorithm>
#include <future>
#include <nlohmann/json.hpp>
#include <optional>
#include <random>
#include <thread>
#include <torch/csrc/distributed/c10d/TCPStore.hpp>

#include "base/fail.hpp"

namespace latentrt::comm {
namespace {

using Clock = std::chrono::steady_clock;
using namespace std::chrono_literals;

constexpr auto kLookAgain = 20ms, kPatienceWithStrangers = 2000ms, kGrace = 1000ms;

/// What a rank says of itself.
struct Card {
  std::string host;
  std::uint16_t port = 0;
  std::uint64_t secret = 0;  ///< who connects must know rank 0's

  std::vector<std::uint8_t> to_bytes() const {
    const std::string text =
        nlohmann::json{{"host", host}, {"port", port}, {"secret", secret}}.dump();
    return {text.begin(), text.end()};
  }
  static Card from(int rank, const std::vector<std::uint8_t>& bytes) {
    try {
      const auto json = nlohmann::json::parse(bytes);
      return {json.at("host"), json.at("port"), json.at("secret")};
    } catch (const nlohmann::json::exception& error) {
      fail(Code::rank_failed, "rank {} says of itself what cannot be read: {}", rank, error.what());
    }
  }
};

std::uint64_t random_number() {
  std::random_device random;
  return random() | static_cast<std::uint64_t>(random()) << 32U;
}

/// The first words on a connection.
struct Greeting {
  std::uint64_t secret;
  std::int64_t rank;
};

class Meeting {
 public:
  Meeting(const Launch& launch, std::chrono::milliseconds deadline)
      : launch_(launch),
        deadline_(deadline),
        end_(Clock::now() + deadline),
        listener_(listen_anywhere()) {
    c10d::TCPStoreOptions options;
    options.port = launch.port;
    options.isServer = launch.rank == 0 && !launch.port_is_served;
    options.waitWorkers = false;
    options.timeout = deadline;
    if (!options.isServer) wait_for_store();
    try {
      store_ = c10::make_intrusive<c10d::TCPStore>(launch.host, options);
    } catch (const std::exception& error) {
      fail_to_meet(first_line(error.what()));
    }
  }

  void introduce() {
    const Card own{.host = address_towards(launch_.host, launch_.port),
                   .port = port_of(listener_),
                   .secret = random_number()};
    store_->set(key(launch_.rank), own.to_bytes());
    for (int rank = 0; rank < launch_.size; ++rank) cards_.push_back(card_of(rank));
  }

  /// When rank 0, with which the store ends, has all its connections, all ranks have read all cards: each reads them
  /// before it connects.
  std::vector<Socket> connect() {
    std::vector<Socket> peers(static_cast<std::size_t>(launch_.size));
    for (int peer = 0; peer < launch_.rank; ++peer) {
      const Card& card = cards_[static_cast<std::size_t>(peer)];
      Socket socket = connect_until(card.host, card.port, end_);
      const Greeting greeting{cards_[0].secret, launch_.rank};
      send_until(socket, std::as_bytes(std::span(&greeting, 1)), end_);
      peers[static_cast<std::size_t>(peer)] = std::move(socket);
    }
    for (int missing = launch_.size - launch_.rank - 1; missing > 0;) {
      Socket socket = accept_until(listener_, end_);
      const std::optional<std::size_t> peer = greeted_by(socket);
      if (!peer || peers[*peer]) continue;
      peers[*peer] = std::move(socket);
      --missing;
    }
    return peers;
  }

 private:
  [[noreturn]] void fail_to_meet(std::string_view why) const {
    fail(Code::rank_failed, "rank {}: the ranks cannot meet at {}:{}: {}", launch_.rank,
         launch_.host, launch_.port, why);
  }

  /// Rank 0 may start last. The store's own client looks again after random times, up to past the deadline.
  void wait_for_store() const {
    while (true) {
      try {
        (void)connect_until(launch_.host, launch_.port, end_);
        return;
      } catch (const Error& error) {
        if (Clock::now() >= end_) fail_to_meet(error.what());
      }
      std::this_thread::sleep_for(kLookAgain);
    }
  }

  static std::string first_line(const std::string& text) { return text.substr(0, text.find('\n')); }

  std::string key(int rank) const { return fmt::format("latentrt/{}/{}", launch_.attempt, rank); }

  /// Rank 0, when it gives up, takes the store with it.
  bool has_card(int rank) {
    try {
      return store_->check({key(rank)});
    } catch (const std::exception&) {
      fail(Code::rank_failed, "rank {}: rank {} of {} has not started, and nobody is at {}:{} now",
           launch_.rank, rank, launch_.size, launch_.host, launch_.port);
    }
  }

  Card card_of(int rank) {
    while (!has_card(rank)) {
      if (Clock::now() >= end_) {
        fail(Code::rank_failed, "rank {}: rank {} of {} has not started within {} ms", launch_.rank,
             rank, launch_.size, deadline_.count());
      }
      std::this_thread::sleep_for(kLookAgain);
    }
    return Card::from(rank, store_->get(key(rank)));
  }

  /// The rank that has connected; nothing for a stranger.
  std::optional<std::size_t> greeted_by(const Socket& socket) const {
    Greeting greeting{};
    try {
      receive_until(socket, std::as_writable_bytes(std::span(&greeting, 1)),
                    std::min(end_, Clock::now() + kPatienceWithStrangers));
    } catch (const Error&) {
      return std::nullopt;
    }
    const bool known = greeting.secret == cards_[0].secret && greeting.rank > launch_.rank &&
                       greeting.rank < launch_.size;
    return known ? std::optional(static_cast<std::size_t>(greeting.rank)) : std::nullopt;
  }

  const Launch launch_;
  const std::chrono::milliseconds deadline_;
  const TimePoint end_;
  const Socket listener_;
  c10::intrusive_ptr<c10d::TCPStore> store_;
  std::vector<Card> cards_;
};

std::vector<Socket> meet_in_time(const Launch& launch, std::chrono::milliseconds deadline) {
  Meeting meeting(launch, deadline);
  try {
    meeting.introduce();
    return meeting.connect();
  } catch (const c10::Error& error) {
    fail(Code::rank_failed, "rank {}: the other ranks cannot be met any more: {}", launch.rank,
         error.what_without_backtrace());
  }
}

}  // namespace

/// The store's calls wait for ever for an answer, of a rank 0 that is stopped or of a stranger at its port: they have a
/// thread of their own, which is left behind then.
std::vector<Socket> meet(const Launch& launch, std::chrono::milliseconds deadline) {
  if (launch.host.empty()) {
    fail(Code::invalid_argument,
         "{} ranks, and nothing says where they meet: set MASTER_ADDR and MASTER_PORT for all",
         launch.size);
  }
  std::packaged_task<std::vector<Socket>()> task(
      [launch, deadline] { return meet_in_time(launch, deadline); });
  std::future<std::vector<Socket>> met = task.get_future();
  std::thread(std::move(task)).detach();
  if (met.wait_for(deadline + kGrace) != std::future_status::ready) {
    fail(Code::rank_failed, "rank {}: who listens at {}:{} does not answer as rank 0 does",
         launch.rank, launch.host, launch.port);
  }
  return met.get();
}

}  // namespace latentrt::comm
