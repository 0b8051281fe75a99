#include "stream/lanes.hpp"

#include <algorithm>
#include <iterator>
#include <utility>

namespace latentrt::pipeline {

bool StreamLanes::Lane::is_awaited() const {
  return std::any_of(frames.begin(), frames.end(),
                     [](const InFlight& frame) { return !frame.reported; });
}

bool StreamLanes::anybody_waits() const {
  return std::any_of(lanes_.begin(), lanes_.end(),
                     [](const Lane& lane) { return lane.is_awaited(); });
}

bool StreamLanes::noise_waits() const {
  return std::any_of(lanes_.begin(), lanes_.end(), [](const Lane& lane) {
    return std::any_of(lane.frames.begin(), lane.frames.end(),
                       [](const InFlight& frame) { return frame.noise && !frame.reported; });
  });
}

void StreamLanes::change_to(StreamBatch next) {
  const Lane& current = lanes_.back();
  if (!current.is_awaited() && current.held.empty()) lanes_.pop_back();
  open(std::move(next));
}

void StreamLanes::set_strength(double scale, double delta) {
  for (Lane& lane : lanes_)
    lane.batch.set_strength(scale, takes_delta(lane.batch.shape(), delta) ? delta : 1);
}

void StreamLanes::set_prompt(const sampling::PromptPtr& prompt, bool for_all) {
  if (for_all)
    for (Lane& lane : lanes_) lane.batch.set_prompt(prompt, true);
  else
    newest().set_prompt(prompt, false);
}

std::vector<Finished> StreamLanes::advance(const at::Tensor& latents, bool noise,
                                           const std::vector<InFlight>& entering) {
  for (Lane& lane : lanes_) {
    if (&lane == &lanes_.back() || !lane.is_awaited()) continue;
    ++lane.calls_retired;
    step(lane, latents, false);
  }
  Lane& newest = lanes_.back();
  newest.frames.insert(newest.frames.end(), entering.begin(), entering.end());
  step(newest, latents, noise);
  return release();
}

void StreamLanes::step(Lane& lane, const at::Tensor& latents, bool noise) {
  ++calls_;
  const at::Tensor out = noise ? lane.batch.push_noise(latents) : lane.batch.push(latents);
  if (!out.defined()) return;
  const auto end = lane.frames.begin() + out.size(0);
  lane.held.push_back({{lane.frames.begin(), end}, out});
  lane.frames.erase(lane.frames.begin(), end);
}

/// Frames that are finished in lanes up to the first one with frames that are still needed.
std::vector<Finished> StreamLanes::release() {
  std::vector<Finished> done;
  while (true) {
    Lane& oldest = lanes_.front();
    std::move(oldest.held.begin(), oldest.held.end(), std::back_inserter(done));
    oldest.held.clear();
    if (!changing() || oldest.is_awaited()) return done;
    lanes_.pop_front();
  }
}

std::int64_t StreamLanes::delay() const {
  std::int64_t calls = 0;
  for (const Lane& lane : lanes_)
    if (&lane == &lanes_.back() || lane.is_awaited())
      calls = std::max(calls, lane.batch.delay() - lane.calls_retired);
  return calls;
}

std::vector<std::uint64_t> StreamLanes::forget() {
  std::vector<std::uint64_t> tickets;
  for (InFlight& frame : lanes_.back().frames)
    if (!std::exchange(frame.reported, true)) tickets.push_back(frame.ticket);
  return tickets;
}

}  // namespace latentrt::pipeline
