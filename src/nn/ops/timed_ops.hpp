#pragma once
/// Operations that record the time and the work of each node.

#include <cstdint>
#include <functional>
#include <map>
#include <memory>
#include <string>
#include <vector>

#include "nn/ops/op_set.hpp"

namespace latentrt::nn {

struct NodeTime {
  std::string name, kind, implementation;
  /// of one call: two for each multiply-accumulate of linear layers, convolutions and attention
  std::uint64_t flops = 0;
  std::uint64_t bytes = 0;      ///< of one call: sources, weights and result, each once
  std::vector<double> seconds;  ///< of every call
};

/// Unlike other sets, not for several threads at once.
class TimedOps final : public OpSet {
 public:
  /// `finish` waits until the device has completed its work.
  TimedOps(std::shared_ptr<const OpSet> ops, const Program& program, std::function<void()> finish);

  Implementation choose(const OpCall& call) const override;

  /// In the order in which the nodes first ran.
  std::vector<NodeTime> times() const { return times_; }

 private:
  at::Tensor timed(const OpCall& call, const Implementation& by) const;
  NodeTime describe(const OpCall& call, const at::Tensor& result, std::string words) const;

  std::shared_ptr<const OpSet> ops_;
  const Program& program_;
  std::function<void()> finish_;
  mutable std::vector<NodeTime> times_;
  mutable std::map<std::string, std::size_t> places_;
};

}  // namespace latentrt::nn
