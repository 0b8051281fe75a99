#pragma once
/// Ranks that are threads of this process: for tests, and for pictures of several ranks on one device.

#include <chrono>
#include <functional>

#include "comm/communicator.hpp"

namespace latentrt::comm {

class Post;

/// Ranks of one group. They outlive a round of work: messages begun in one may be waited for in the next.
class LoopbackRanks {
 public:
  /// `deadline`: how long a rank waits for a message before it gives the sender up.
  LoopbackRanks(int size, std::chrono::milliseconds deadline);
  ~LoopbackRanks();

  int size() const noexcept { return static_cast<int>(ranks_.size()); }
  Communicator& rank(int i) { return *ranks_.at(static_cast<std::size_t>(i)); }
  const Communicator& rank(int i) const { return *ranks_.at(static_cast<std::size_t>(i)); }

  /// Runs `work` once for each rank, each in a thread of its own in the caller's mode (LibTorch's: gradients, inference),
  /// and returns when all have ended. When a rank throws,
  /// the others' waiting ends with Error(rank_failed) that says so, now and ever after, and the first rank's own exception
  /// comes out of here.
  void run(const std::function<void(Communicator&)>& work);

 private:
  std::unique_ptr<Post> post_;
  std::vector<std::unique_ptr<Communicator>> ranks_;
};

/// One round of work.
void run_loopback(int size, std::chrono::milliseconds deadline,
                  const std::function<void(Communicator&)>& work);

}  // namespace latentrt::comm
