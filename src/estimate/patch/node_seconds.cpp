#include "estimate/patch/node_seconds.hpp"

#include <cmath>
#include <iterator>

#include "base/check_range.hpp"
#include "base/fail.hpp"
#include "base/quote.hpp"

namespace latentrt::accel {
namespace {

double in_proportion(const std::pair<const double, double>& point, double amount) {
  const auto& [measured, seconds] = point;
  return measured > 0 ? seconds * amount / measured : seconds;
}

double between(const std::map<double, double>& points, double amount) {
  const auto above = points.lower_bound(amount);
  if (above == points.begin()) return in_proportion(*above, amount);
  const auto below = std::prev(above);
  if (above == points.end()) return in_proportion(*below, amount);
  return std::lerp(below->second, above->second,
                   (amount - below->first) / (above->first - below->first));
}

}  // namespace

NodeSeconds::NodeSeconds(const nn::Program& network, const RankSpeed& speed)
    : flops_per_s_(speed.flops_per_s) {
  constexpr double kMaxRate = 1e21;
  if (speed.measured.empty()) check_range("FLOP/s", flops_per_s_, 1, kMaxRate);
  for (const MeasuredCall& call : speed.measured) {
    for (const NodeWork& node : BandWork(network, call.inputs).of_one_device()) {
      const auto seconds = call.node_seconds.find(node.name);
      if (seconds == call.node_seconds.end()) {
        fail(Code::invalid_argument, "node {} was not measured: the profile is of another network",
             quote(node.name));
      }
      nodes_[node.name].emplace(node.amount(), seconds->second);
    }
  }
}

double NodeSeconds::of(const NodeWork& node) const {
  return nodes_.empty() ? node.flops / flops_per_s_ : between(nodes_.at(node.name), node.amount());
}

double NodeSeconds::of(const CallWork& work) const {
  double seconds = 0;
  for (const NodeWork& node : work) seconds += of(node);
  return seconds;
}

}  // namespace latentrt::accel
