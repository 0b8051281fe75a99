#pragma once
/// Frames on their way through a stream's stages, also while the stages change.

#include <cstddef>
#include <cstdint>
#include <deque>
#include <vector>

#include "sampling/stream_batch.hpp"

namespace latentrt::pipeline {

/// A frame on its way.
struct InFlight {
  std::uint64_t ticket;
  bool reported;  ///< nobody waits for its picture (any more)
};

/// What one network call finished.
struct Finished {
  std::vector<InFlight> frames;
  at::Tensor latents;  ///< clean, a row for each frame
};

/// A lane is a list of stages with the frames that go through them. Frames in flight stay in theirs when the stages
/// change, and are reported before those that overtook them on fewer stages.
class StreamLanes {
 public:
  explicit StreamLanes(sampling::StreamBatch first) : newest_{std::move(first), {}} {}

  /// For the frames that come.
  void change_to(sampling::StreamBatch next);
  sampling::StreamBatch& newest() noexcept { return newest_.batch; }
  const sampling::StreamBatch& newest() const noexcept { return newest_.batch; }

  /// One call for each lane: new frames enter the newest, as clean latents or as noise.
  std::vector<Finished> advance(const at::Tensor& latents, bool noise,
                                const std::vector<InFlight>& entering);
  std::uint64_t calls() const noexcept { return calls_; }

  /// Whether frames of earlier stages are still in flight.
  bool changing() const noexcept { return !retiring_.empty(); }
  std::size_t in_newest() const noexcept { return newest_.frames.size(); }
  bool anybody_waits() const { return changing() || newest_.is_awaited(); }
  /// Nobody waits any more for what is in the newest lane. Tickets of those that were awaited.
  std::vector<std::uint64_t> forget();

 private:
  struct Lane {
    sampling::StreamBatch batch;
    std::deque<InFlight> frames;
    bool is_awaited() const;
  };

  void step(Lane& lane, const at::Tensor& latents, bool noise, std::vector<Finished>& done);

  Lane newest_;
  std::vector<Lane> retiring_;  ///< oldest first
  std::vector<Finished> held_;  ///< finished before older frames were
  std::uint64_t calls_ = 0;
};

}  // namespace latentrt::pipeline
