#include "accel/patch_parallel/network.hpp"

#include <ATen/ops/cat.h>
#include <ATen/ops/empty.h>
#include <c10/core/InferenceMode.h>

#include <utility>

namespace latentrt::accel {

PatchedNetwork::PatchedNetwork(std::shared_ptr<const nn::OpSet> local,
                               comm::Communicator& communicator, Bands bands, PatchOptions options,
                               Ends ends)
    : communicator_(communicator),
      ends_(std::move(ends)),
      remote_(communicator, std::move(bands), options),
      ops_(std::move(local), remote_) {}

nn::NamedTensors PatchedNetwork::run(const nn::Program& program, const nn::BoundWeights& weights,
                                     nn::NamedTensors inputs) {
  const c10::InferenceMode guard;
  at::Tensor& sample = inputs.at(ends_.input);
  remote_.begin_call(program, ends_.input, sample);
  const Rows own = remote_.bands().of_rank(communicator_.rank());
  sample = sample.narrow(2, own.begin, own.count()).contiguous(sample.suggest_memory_format());
  nn::NamedTensors outputs = nn::run(program, weights, ops_, inputs);
  if (const auto out = outputs.find(ends_.output); out != outputs.end())
    out->second = gathered(out->second);
  return outputs;
}

at::Tensor PatchedNetwork::gathered(const at::Tensor& band) {
  const at::Tensor own = band.contiguous();
  const Bands::Level level = remote_.level(own.size(2));
  const auto gets = [&](int rank) { return !ends_.first_alone || rank == 0; };
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
