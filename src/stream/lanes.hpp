#pragma once
/// Frames on their way through a stream's stages, also while the stages change.

#include <cstddef>
#include <cstdint>
#include <deque>
#include <utility>
#include <vector>

#include "stream/stream_batch.hpp"

namespace latentrt::pipeline {

/// A frame on its way.
struct InFlight {
  std::uint64_t ticket = 0;
  bool noise = false;    ///< text to image
  bool reported = true;  ///< nobody waits for its picture (any more)
};

/// What one network call finished.
struct Finished {
  std::vector<InFlight> frames;
  at::Tensor latents;  ///< clean, a row for each frame
};

/// A lane is a list of stages with the frames that go through them. Frames in flight stay in theirs
/// when the stages change. However often they change, frames come out in the order in which they
/// came in: those that finish before an older frame of another lane are held until that one is out.
class StreamLanes {
 public:
  explicit StreamLanes(StreamBatch first) { open(std::move(first)); }

  /// For the frames that come.
  void change_to(StreamBatch next);
  /// Guidance scale and delta of all lanes; a lane that cannot have this delta takes 1.
  void set_strength(double scale, double delta);
  /// Of the frames that come, or of all that are in flight too.
  void set_prompt(const sampling::PromptPtr& prompt, bool for_all);

  /// One call for each lane: new frames enter the newest, as clean latents or as noise.
  std::vector<Finished> advance(const at::Tensor& latents, bool noise,
                                const std::vector<InFlight>& entering);
  std::uint64_t calls() const noexcept { return calls_; }
  /// At most so many calls of advance() after its own until a frame that enters comes out.
  std::int64_t delay() const;

  /// Whether frames of earlier stages are still in flight.
  bool changing() const noexcept { return lanes_.size() > 1; }
  std::size_t in_newest() const noexcept { return lanes_.back().frames.size(); }
  bool anybody_waits() const;
  bool noise_waits() const;
  /// Nobody waits any more for what is in the newest lane. Tickets of those that were awaited.
  std::vector<std::uint64_t> forget();

 private:
  struct Lane {
    StreamBatch batch;
    std::deque<InFlight> frames{};
    std::vector<Finished> held{};    ///< finished before older frames of other lanes were
    std::int64_t calls_retired = 0;  ///< since the stages changed
    bool is_awaited() const;
  };

  StreamBatch& newest() noexcept { return lanes_.back().batch; }
  void open(StreamBatch batch) { lanes_.push_back({.batch = std::move(batch)}); }
  void step(Lane& lane, const at::Tensor& latents, bool noise);
  std::vector<Finished> release();

  std::deque<Lane> lanes_;  ///< oldest first; never empty
  std::uint64_t calls_ = 0;
};

}  // namespace latentrt::pipeline
