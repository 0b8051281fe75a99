/// The alpha-beta model of a step.
#include <algorithm>
#include <utility>

#include "accel/patch_parallel/patch_parallel.hpp"
#include "base/fail.hpp"
#include "base/quote.hpp"
#include "estimate/patch/band_work.hpp"
#include "estimate/patch/node_seconds.hpp"
#include "estimate/patch/traffic.hpp"

namespace latentrt::accel {
namespace {

using comm::Traffic;

constexpr std::uint64_t kTensorsInGather = 60;  // the released code's comm_checkpoint

PatchSpec patch_spec(const Spec& spec) {
  if (spec.name != "patch") {
    fail(Code::invalid_argument, "accelerator {} shares no work between ranks; only patch does",
         quote(spec.name));
  }
  PatchSpec patch = PatchSpec::from(Settings(accel::patch_options(), spec));
  if (patch.ranks > 1)
    fail(Code::invalid_argument,
         "patch: simulate_ranks applies to runs only: a prediction is given its number of ranks");
  return patch;
}

/// Whether a rank waits for such messages in the call in which they are sent.
bool blocks(Traffic kind, const PatchOptions& options) {
  if (kind == Traffic::gather || options.warm_up < 0) return true;
  return kind == Traffic::moments && options.moments == Moments::sync;
}

/// The rank waits for the part of the transfer that takes longer than its computation; the rest
/// costs kappa times its time.
Prediction step_of(double compute_s, const Volume& volume, const PatchOptions& options,
                   const Link& link) {
  Prediction step{.compute_s = compute_s};
  for (std::size_t i = 0; i < volume.amounts.size(); ++i) {
    const auto& [messages, bytes] = volume.amounts[i];
    (blocks(static_cast<Traffic>(i), options) ? step.blocking_s : step.overlapped_s) +=
        link.seconds(messages, bytes);
  }
  const double hidden = std::min(step.overlapped_s, step.compute_s);
  step.step_s =
      step.compute_s + step.blocking_s + (step.overlapped_s - hidden) + link.kappa * hidden;
  return step;
}

/// Each of two groups computes half of the batch, and sends its half of the output to the other.
struct Groups {
  int count = 1;
  NetworkCall call;

  Amount other_half(const std::vector<nn::Shape>& shapes) const {
    const nn::ValueId out = call.network.value(call.network.main_output());
    const auto elements =
        static_cast<std::uint64_t>(nn::element_count(shapes[static_cast<std::size_t>(out)]));
    return count == 1 ? Amount{} : Amount{1, elements * call.element_bytes};
  }
};

Groups groups_of(const NetworkCall& call, int ranks, CfgSplit split) {
  const std::int64_t rows = call.inputs.at(call.network.band_input())[0];
  const bool even = ranks % 2 == 0 && rows % 2 == 0;
  if (split == CfgSplit::on && !even) {
    fail(Code::invalid_argument,
         "patch: cfg_split=on needs an even number of ranks and of rows, not {} and {}", ranks,
         rows);
  }
  if (split == CfgSplit::off || !even) return {1, call};
  Groups groups{2, call};
  for (auto& [name, shape] : groups.call.inputs) shape[0] /= 2;
  return groups;
}

/// Every all-gather is a message from each other rank. It does not matter which kinds of tensors it
/// contains: all overlap.
Volume gathered(const Volume& contribution, int ranks) {
  const auto others = static_cast<std::uint64_t>(ranks - 1);
  Volume volume = contribution;
  std::uint64_t tensors = 0;
  for (Amount& amount : volume.amounts) {
    tensors += std::exchange(amount.messages, 0);
    amount.bytes *= others;
  }
  tensors -= contribution[Traffic::gather].messages;
  volume[Traffic::attention].messages =
      others * ((tensors + kTensorsInGather - 1) / kTensorsInGather);
  volume[Traffic::gather].messages = others;
  return volume;
}

}  // namespace

Prediction predict_step(const NetworkCall& call, int ranks, const Spec& patch,
                        const RankSpeed& speed, const Link& link) {
  const PatchSpec spec = patch_spec(patch);
  const Groups groups = groups_of(call, ranks, spec.cfg_split);
  const Bands bands = Bands::even(call.inputs.at(call.network.band_input())[2],
                                  rows_to_one(call.network), ranks / groups.count);
  const auto shapes = nn::infer_shapes(call.network, groups.call.inputs);
  const BandWork work(call.network, groups.call.inputs);
  const NodeSeconds seconds(call.network, speed);
  Prediction slowest;
  Volume inner;
  for (int rank = 0; rank < bands.ranks(); ++rank) {
    Volume volume = received(call.network, shapes, bands, rank, spec.options, call.element_bytes);
    volume[Traffic::gather] += groups.other_half(shapes);
    if (rank <= 1) inner = volume;
    const double compute_s = seconds.of(work.of_rank(bands, rank, spec.options));
    slowest = std::max(slowest, step_of(compute_s, volume, spec.options, link),
                       [](const auto& a, const auto& b) { return a.step_s < b.step_s; });
  }
  slowest.inner = inner;
  slowest.one_device_s = seconds.of(BandWork(call.network, call.inputs).of_one_device());
  return slowest;
}

Prediction predict_released_step(const NetworkCall& call, int ranks, const RankSpeed& speed,
                                 const Link& link) {
  const BandWork work(call.network, call.inputs);
  const CallWork of_rank = work.as_released(ranks);
  const NodeSeconds seconds(call.network, speed);
  const auto shapes = nn::infer_shapes(call.network, call.inputs);
  const Volume volume =
      gathered(released_contribution(call.network, shapes, ranks, call.element_bytes), ranks);
  Prediction step = step_of(seconds.of(of_rank), volume, {}, link);
  step.inner = volume;
  step.one_device_s = seconds.of(work.of_one_device());
  return step;
}

}  // namespace latentrt::accel
