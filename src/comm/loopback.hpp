#pragma once
/// Ranks that are threads of this process: for tests, and for simulating several ranks on one
/// device.

#include <chrono>
#include <functional>

#include "comm/communicator.hpp"

namespace latentrt::comm {

class Post;

/// Ranks of one group, which outlive a call of run(): messages begun in one call may be waited for
/// in the next.
class LoopbackRanks {
 public:
  /// `deadline`: how long a rank waits for a message before it fails.
  LoopbackRanks(int size, std::chrono::milliseconds deadline);
  ~LoopbackRanks();

  int size() const noexcept { return static_cast<int>(ranks_.size()); }
  Communicator& rank(int i) { return *ranks_.at(static_cast<std::size_t>(i)); }
  const Communicator& rank(int i) const { return *ranks_.at(static_cast<std::size_t>(i)); }

  /// Runs `work` once per rank, each in its own thread in the caller's LibTorch mode (gradients,
  /// inference), and returns when all have ended. If a rank throws, the others' current and later
  /// waits end with Error(rank_failed) that contains its error, and run() rethrows the exception of
  /// the first rank that threw.
  void run(const std::function<void(Communicator&)>& work);

 private:
  std::unique_ptr<Post> post_;
  std::vector<std::unique_ptr<Communicator>> ranks_;
};

/// Runs `work` once on new ranks.
void run_loopback(int size, std::chrono::milliseconds deadline,
                  const std::function<void(Communicator&)>& work);

}  // namespace latentrt::comm
