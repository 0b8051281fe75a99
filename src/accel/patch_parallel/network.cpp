#include "accel/patch_parallel/network.hpp"

#include <ATen/ops/cat.h>
#include <ATen/ops/empty.h>

#include <utility>

namespace latentrt::accel {

PatchedNetwork::PatchedNetwork(std::shared_ptr<const nn::OpSet> local,
                               comm::Communicator& communicator, Bands bands, PatchOptions options,
                               Receivers receivers)
    : communicator_(communicator),
      receivers_(receivers),
      peers_(communicator, std::move(bands), options),
      ops_(std::move(local), peers_) {}

nn::NamedTensors PatchedNetwork::run(const nn::Program& program, const nn::BoundWeights& weights,
                                     nn::NamedTensors inputs) {
  peers_.begin_call(program, inputs);
  for (auto& [name, value] : inputs) {
    if (program.declares(name) && program.declared(name).space == nn::Space::band)
      value = own_band(value);
  }
  nn::NamedTensors outputs = nn::run(program, weights, ops_, inputs);
  if (const auto out = outputs.find(program.main_output()); out != outputs.end())
    out->second = gathered(out->second);
  return outputs;
}

at::Tensor PatchedNetwork::own_band(const at::Tensor& picture) const {
  const Rows own = peers_.bands().of_rank(communicator_.rank(), picture.size(2));
  return picture.narrow(2, own.begin, own.count()).contiguous(picture.suggest_memory_format());
}

at::Tensor PatchedNetwork::gathered(const at::Tensor& band) {
  const at::Tensor own = band.contiguous();
  const Bands::Level level = peers_.level(own.size(2));
  const auto gets = [&](int rank) { return receivers_ == Receivers::all || rank == 0; };
  comm::Messages sends, receives;
  std::vector<at::Tensor> all;
  for (int peer = 0; peer < communicator_.size(); ++peer) {
    if (peer == communicator_.rank()) {
      all.push_back(own);
      continue;
    }
    if (gets(peer)) sends.push_back({peer, own});
    if (!gets(communicator_.rank())) continue;
    all.push_back(at::empty({own.size(0), own.size(1), level.of_rank(peer).count(), own.size(3)},
                            own.options()));
    receives.push_back({peer, all.back()});
  }
  communicator_.exchange(sends, receives, comm::Traffic::gather);
  if (!gets(communicator_.rank())) return {};
  return at::cat(all, 2).contiguous(band.suggest_memory_format());
}

}  // namespace latentrt::accel
