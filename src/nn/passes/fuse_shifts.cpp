#include "nn/passes/fuse_shifts.hpp"

#include <utility>

#include "nn/passes/rewriting.hpp"

namespace latentrt::nn {

Program fuse_shifts(const Program& program) {
  Rewriting rewriting(program);
  for (Node& norm : rewriting.nodes) {
    if (!std::holds_alternative<GroupNorm>(norm.op) || !rewriting.disposable(norm.srcs[0]))
      continue;
    Node& shift = rewriting.nodes[*rewriting.producer(norm.srcs[0])];
    if (!std::holds_alternative<AddChannels>(shift.op)) continue;
    norm.srcs = shift.srcs;
    shift.dst = Rewriting::kDropped;
  }
  return std::move(rewriting).finish();
}

}  // namespace latentrt::nn
