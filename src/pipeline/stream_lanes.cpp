#include "pipeline/stream_lanes.hpp"

#include <algorithm>
#include <iterator>
#include <utility>

namespace latentrt::pipeline {

bool StreamLanes::Lane::is_awaited() const {
  return std::any_of(frames.begin(), frames.end(),
                     [](const InFlight& frame) { return !frame.reported; });
}

void StreamLanes::change_to(sampling::StreamBatch next) {
  if (newest_.is_awaited()) retiring_.push_back(std::move(newest_));
  newest_ = {std::move(next), {}};
}

std::vector<Finished> StreamLanes::advance(const at::Tensor& latents, bool noise,
                                           const std::vector<InFlight>& entering) {
  std::vector<Finished> done;
  for (Lane& lane : retiring_) step(lane, latents, false, done);
  std::erase_if(retiring_, [](const Lane& lane) { return !lane.is_awaited(); });
  newest_.frames.insert(newest_.frames.end(), entering.begin(), entering.end());
  step(newest_, latents, noise, held_);
  if (!retiring_.empty()) return done;
  std::move(held_.begin(), held_.end(), std::back_inserter(done));
  held_.clear();
  return done;
}

void StreamLanes::step(Lane& lane, const at::Tensor& latents, bool noise,
                       std::vector<Finished>& done) {
  ++calls_;
  const at::Tensor out = noise ? lane.batch.push_noise(latents) : lane.batch.push(latents);
  if (!out.defined()) return;
  const auto end = lane.frames.begin() + out.size(0);
  done.push_back({{lane.frames.begin(), end}, out});
  lane.frames.erase(lane.frames.begin(), end);
}

std::vector<std::uint64_t> StreamLanes::forget() {
  std::vector<std::uint64_t> tickets;
  for (InFlight& frame : newest_.frames)
    if (!std::exchange(frame.reported, true)) tickets.push_back(frame.ticket);
  return tickets;
}

}  // namespace latentrt::pipeline
