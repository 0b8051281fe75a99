#include "nn/ops/timed_ops.hpp"

#include <utility>

#include "base/stopwatch.hpp"
#include "nn/program/shapes.hpp"

namespace latentrt::nn {
namespace {

/// Multiply-accumulates per element of the result.
struct Length {
  const Program& program;
  const OpCall& call;

  std::int64_t dot_product() const {
    const auto id = static_cast<std::size_t>(call.node.weights[0]);
    const Shape& kernel = program.weights()[id].shape;
    return element_count(kernel) / kernel[0];
  }
  template <class Kind>
  std::int64_t operator()(const Kind&) const {
    return 0;
  }
  std::int64_t operator()(const Conv2d&) const { return dot_product(); }
  std::int64_t operator()(const Linear&) const { return dot_product(); }
  std::int64_t operator()(const Attention&) const { return 2 * call.src(1).size(1); }
  std::int64_t operator()(const CrossAttention&) const { return 2 * call.src(1).size(1); }
};

}  // namespace

TimedOps::TimedOps(std::shared_ptr<const OpSet> ops, const Program& program,
                   std::function<void()> finish)
    : ops_(std::move(ops)), program_(program), finish_(std::move(finish)) {}

Implementation TimedOps::choose(const OpCall& call) const {
  const Implementation by = ops_->choose(call);
  return {[this, by](const OpCall& of) { return timed(of, by); }, by.name, by.reason};
}

at::Tensor TimedOps::timed(const OpCall& call, const Implementation& by) const {
  finish_();
  Stopwatch watch;
  at::Tensor result = by.run(call);
  finish_();
  const double seconds = watch.lap();
  const auto [place, fresh] = places_.try_emplace(call.node.name, times_.size());
  if (fresh) times_.push_back(describe(call, result, by.words()));
  times_[place->second].seconds.push_back(seconds);
  return result;
}

NodeTime TimedOps::describe(const OpCall& call, const at::Tensor& result, std::string words) const {
  NodeTime time;
  time.name = call.node.name;
  time.kind = name_of(call.node.op);
  time.implementation = std::move(words);
  time.flops = static_cast<std::uint64_t>(2 * result.numel() *
                                          std::visit(Length{program_, call}, call.node.op));
  time.bytes = result.nbytes();
  for (const at::Tensor& src : call.srcs) time.bytes += src.nbytes();
  for (const WeightId id : call.node.weights) time.bytes += call.weights.placed(id).bytes();
  return time;
}

}  // namespace latentrt::nn
