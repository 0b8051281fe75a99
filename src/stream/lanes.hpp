#pragma once
/// Frames in the stages of a stream, also while the stages change.

#include <cstddef>
#include <cstdint>
#include <deque>
#include <utility>
#include <vector>

#include "stream/stream_batch.hpp"

namespace latentrt::pipeline {

/// A frame in flight.
struct InFlight {
  std::uint64_t ticket = 0;
  bool noise = false;    ///< text to image
  bool reported = true;  ///< its picture is not needed, or no longer needed
};

/// Frames that one network call finished.
struct Finished {
  std::vector<InFlight> frames;
  at::Tensor latents;  ///< clean, a row for each frame
};

/// A lane is a list of stages with the frames that go through them. When the stages change, frames
/// in flight stay in their lane. Frames always come out in the order in which they came in: those
/// that finish before an older frame of another lane are held until that one is out.
class StreamLanes {
 public:
  explicit StreamLanes(StreamBatch first) { open(std::move(first)); }

  /// For new frames.
  void change_to(StreamBatch next);
  /// Guidance scale and delta of all lanes; a lane that cannot have this delta takes 1.
  void set_strength(double scale, double delta);
  /// For new frames, or for all frames in flight too.
  void set_prompt(const sampling::PromptPtr& prompt, bool for_all);

  /// One call per lane: new frames enter the newest lane, as clean latents or as noise.
  std::vector<Finished> advance(const at::Tensor& latents, bool noise,
                                const std::vector<InFlight>& entering);
  std::uint64_t calls() const noexcept { return calls_; }
  /// Largest number of further calls of advance() until a frame that enters now comes out.
  std::int64_t delay() const;

  /// Whether frames of earlier stages are still in flight.
  bool changing() const noexcept { return lanes_.size() > 1; }
  std::size_t in_newest() const noexcept { return lanes_.back().frames.size(); }
  bool anybody_waits() const;
  bool noise_waits() const;
  /// The pictures of frames in the newest lane are no longer needed. Returns the tickets of those
  /// that were.
  std::vector<std::uint64_t> forget();

 private:
  struct Lane {
    StreamBatch batch;
    std::deque<InFlight> frames{};
    std::vector<Finished> held{};    ///< finished before older frames of other lanes
    std::int64_t calls_retired = 0;  ///< number of calls since the stages changed
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
