#include "accel/patch_parallel/mesh.hpp"

#include <ATen/ops/cat.h>
#include <ATen/ops/empty_like.h>

#include <utility>

namespace latentrt::accel {
namespace {

/// What is computed from inputs in rows is in rows as well.
bool is_in_rows(const nn::Program& program, const std::string& name) {
  return !program.declares(name) || program.declared(name).dims.front().symbol == nn::Symbol::rows;
}

}  // namespace

MeshNetwork::MeshNetwork(std::shared_ptr<const nn::OpSet> local, comm::Communicator& ranks,
                         const Bands& bands, const PatchOptions& options)
    : ranks_(ranks),
      groups_(ranks.size() / bands.ranks()),
      group_(ranks.rank() / bands.ranks()),
      own_group_(ranks, group_ * bands.ranks(), bands.ranks()),
      network_(std::move(local), own_group_, bands, options) {}

nn::NamedTensors MeshNetwork::run(const nn::Program& program, const nn::BoundWeights& weights,
                                  nn::NamedTensors inputs) {
  const std::int64_t rows = inputs.at(program.band_input()).size(0);
  const std::int64_t parts = rows % groups_ == 0 ? groups_ : 1, part_rows = rows / parts;
  if (std::exchange(parts_, parts) != parts) network_.forget();
  for (auto& [name, value] : inputs) {
    if (parts > 1 && is_in_rows(program, name))
      value = value.narrow(0, group_ * part_rows, part_rows);
  }
  nn::NamedTensors outputs = network_.run(program, weights, std::move(inputs));
  if (const auto out = outputs.find(program.main_output()); parts > 1 && out != outputs.end())
    out->second = gathered(out->second);
  return outputs;
}

at::Tensor MeshNetwork::gathered(const at::Tensor& part) {
  const at::Tensor own = part.contiguous();
  comm::Messages sends, receives;
  std::vector<at::Tensor> all;
  for (int group = 0; group < groups_; ++group) {
    const int peer = group * own_group_.size() + own_group_.rank();
    all.push_back(group == group_ ? own : at::empty_like(own));
    if (group == group_) continue;
    sends.push_back({peer, own});
    receives.push_back({peer, all.back()});
  }
  ranks_.exchange(sends, receives, comm::Traffic::gather);
  return at::cat(all).contiguous(part.suggest_memory_format());
}

}  // namespace latentrt::accel
