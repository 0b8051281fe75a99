#include "accel/patch_parallel/mesh.hpp"

#include <ATen/ops/cat.h>
#include <ATen/ops/empty_like.h>

#include <utility>

namespace latentrt::accel {
namespace {

/// Whether an input has a row for each of the sample's: inputs that are declared so, and values
/// computed from them, unless they belong to one part already.
bool has_all_rows(const nn::Program& program, const std::string& name, const at::Tensor& value,
                  std::int64_t rows) {
  if (program.declares(name)) return program.declared(name).dims.front().symbol == nn::Symbol::rows;
  return value.size(0) == rows;
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
  const std::int64_t parts = parts_of(rows), part_rows = rows / parts;
  if (std::exchange(parts_, parts) != parts) network_.forget();
  for (auto& [name, value] : inputs) {
    if (parts > 1 && has_all_rows(program, name, value, rows))
      value = value.narrow(0, group_ * part_rows, part_rows);
  }
  nn::NamedTensors outputs = network_.run(program, weights, std::move(inputs));
  if (const auto out = outputs.find(program.main_output()); parts > 1 && out != outputs.end())
    out->second = gathered(out->second);
  return outputs;
}

sampling::Rows MeshNetwork::rows_here(const sampling::Rows& rows) const {
  const std::int64_t parts = parts_of(std::ssize(rows)), part_rows = std::ssize(rows) / parts;
  if (parts == 1) return rows;
  const auto first = rows.begin() + group_ * part_rows;
  return {first, first + part_rows};
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
