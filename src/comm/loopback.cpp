#include "comm/loopback.hpp"

#include <ATen/ThreadLocalState.h>

#include <condition_variable>
#include <exception>
#include <map>
#include <mutex>
#include <optional>
#include <string>
#include <thread>
#include <utility>

#include "base/cancel.hpp"
#include "base/fail.hpp"

namespace latentrt::comm {

/// The message number `number` from one rank to another.
struct Address {
  int from, to;
  std::uint64_t number;
  auto operator<=>(const Address&) const = default;
};

/// Stores messages between sending and receiving. Any thread may use it.
class Post {
 public:
  explicit Post(std::chrono::milliseconds deadline) : deadline_(deadline) {}

  void send(const Address& address, at::Tensor letter) {
    const std::lock_guard lock(mutex_);
    letters_.emplace(address, std::move(letter));
    changed_.notify_all();
  }

  at::Tensor receive(const Address& address) {
    std::unique_lock lock(mutex_);
    const bool in_time =
        changed_.wait_for(lock, deadline_, [&] { return failure_ || letters_.contains(address); });
    if (const auto letter = letters_.find(address); letter != letters_.end())
      return std::move(letters_.extract(letter).mapped());
    if (in_time) fail(Code::rank_failed, "rank {}: {}", address.to, *failure_);
    fail(Code::rank_failed, "rank {}: rank {} has sent nothing for {} ms", address.to, address.from,
         deadline_.count());
  }

  /// Only the first reason is kept.
  void give_up(const std::string& reason) {
    const std::lock_guard lock(mutex_);
    if (!failure_) failure_ = reason;
    changed_.notify_all();
  }

 private:
  const std::chrono::milliseconds deadline_;
  std::mutex mutex_;
  std::condition_variable changed_;
  // Guarded by the mutex.
  std::map<Address, at::Tensor> letters_;
  std::optional<std::string> failure_;
};

namespace {

class Expected final : public Pending {
 public:
  Expected(Post& post, std::vector<std::pair<Address, at::Tensor>> letters)
      : post_(post), letters_(std::move(letters)) {}

  void wait() override {
    for (auto& [address, tensor] : std::exchange(letters_, {}))
      write_received(tensor, post_.receive(address));
  }

 private:
  Post& post_;
  std::vector<std::pair<Address, at::Tensor>> letters_;
};

class Loopback final : public Communicator {
 public:
  Loopback(int rank, int size, Post& post)
      : Communicator(rank, size),
        post_(post),
        sent_(static_cast<std::size_t>(size)),
        expected_(static_cast<std::size_t>(size)) {}

  void give_up(const std::string& reason) noexcept override {
    post_.give_up(fmt::format("rank {} failed: {}", rank(), reason));
  }

 private:
  std::unique_ptr<Pending> start(const Messages& sends, const Messages& receives,
                                 Traffic) override {
    for (const Message& message : sends) {
      const std::uint64_t number = sent_.at(static_cast<std::size_t>(message.peer))++;
      post_.send({rank(), message.peer, number}, message.tensor.clone());
    }
    std::vector<std::pair<Address, at::Tensor>> letters;
    for (const Message& message : receives) {
      const std::uint64_t number = expected_.at(static_cast<std::size_t>(message.peer))++;
      letters.push_back({{message.peer, rank(), number}, message.tensor});
    }
    return std::make_unique<Expected>(post_, std::move(letters));
  }

  Post& post_;
  std::vector<std::uint64_t> sent_, expected_;  ///< to and from each rank
};

std::string sentence_of(const std::exception_ptr& exception) {
  try {
    std::rethrow_exception(exception);
  } catch (const std::exception& error) {
    return error.what();
  }
}

}  // namespace

LoopbackRanks::LoopbackRanks(int size, std::chrono::milliseconds deadline)
    : post_(std::make_unique<Post>(deadline)) {
  if (size < 1) fail(Code::invalid_argument, "{} ranks: there must be one at least", size);
  for (int rank = 0; rank < size; ++rank)
    ranks_.push_back(std::make_unique<Loopback>(rank, size, *post_));
}

LoopbackRanks::~LoopbackRanks() = default;

void LoopbackRanks::run(const std::function<void(Communicator&)>& work) {
  std::mutex mutex;
  std::exception_ptr first;
  const CancelCheck cancel;
  const at::ThreadLocalState mode;
  const auto run_rank = [&](int i) {
    const auto adopted = cancel.adopt();
    const at::ThreadLocalStateGuard adopted_mode(mode);
    try {
      work(rank(i));
    } catch (...) {
      const std::lock_guard lock(mutex);
      if (first) return;
      first = std::current_exception();
      rank(i).give_up(sentence_of(first));
    }
  };
  {
    std::vector<std::jthread> threads;
    for (int i = 0; i < size(); ++i) threads.emplace_back(run_rank, i);
  }
  if (first) std::rethrow_exception(first);
}

void run_loopback(int size, std::chrono::milliseconds deadline,
                  const std::function<void(Communicator&)>& work) {
  LoopbackRanks(size, deadline).run(work);
}

}  // namespace latentrt::comm
