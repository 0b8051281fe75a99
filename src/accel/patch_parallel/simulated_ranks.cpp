#include "accel/patch_parallel/simulated_ranks.hpp"

#include <ATen/ops/cat.h>

#include <utility>

#include "accel/patch_parallel/decode.hpp"

namespace latentrt::accel {
namespace {

using namespace std::chrono_literals;

constexpr auto kDeadline = 10min;  // ranks on few threads wait for each other

}  // namespace

SimulatedRanks::SimulatedRanks(const sampling::Plan& plan, const Bands& bands, int groups,
                               const PatchOptions& options)
    : denoiser_(plan.denoiser),
      layouts_(nn::layouts(*plan.denoiser.program)),
      bands_(bands),
      ranks_(bands.ranks() * groups, kDeadline) {
  for (int i = 0; i < bands.ranks() * groups; ++i)
    networks_.push_back(
        std::make_unique<MeshNetwork>(denoiser_.ops, ranks_.rank(i), bands, options));
}

bool SimulatedRanks::has_bands(const std::string& name) const {
  const nn::Program& network = *denoiser_.program;
  return network.has_value(name) && !network.declares(name) && name != network.main_output() &&
         layouts_[static_cast<std::size_t>(network.value(name))] == nn::Layout::picture;
}

nn::NamedTensors SimulatedRanks::inputs_of(int rank, const nn::NamedTensors& inputs) const {
  nn::NamedTensors own = inputs;
  for (auto& [name, value] : own) {
    if (!has_bands(name)) continue;
    const Rows rows = bands_.of_rank(rank % bands_.ranks(), value.size(2));
    value = value.narrow(2, rows.begin, rows.count()).contiguous(value.suggest_memory_format());
  }
  return own;
}

nn::NamedTensors SimulatedRanks::run(const nn::Program& program, const nn::NamedTensors& inputs) {
  std::vector<nn::NamedTensors> outputs(networks_.size());
  ranks_.run([&](comm::Communicator& communicator) {
    const auto i = static_cast<std::size_t>(communicator.rank());
    outputs[i] =
        networks_[i]->run(program, *denoiser_.weights, inputs_of(communicator.rank(), inputs));
  });
  const std::int64_t rows = inputs.at(program.band_input()).size(0);
  nn::NamedTensors all = outputs[0];
  for (auto& [name, value] : all) {
    if (has_bands(name)) value = whole(outputs, name, rows);
  }
  return all;
}

at::Tensor SimulatedRanks::whole(const std::vector<nn::NamedTensors>& outputs,
                                 const std::string& name, std::int64_t rows) const {
  const at::Tensor& first = outputs[0].at(name);
  const std::int64_t groups = rows / first.size(0);  // the others computed the same
  std::vector<at::Tensor> parts;
  for (std::int64_t group = 0; group < groups; ++group) {
    std::vector<at::Tensor> bands;
    for (int i = 0; i < bands_.ranks(); ++i)
      bands.push_back(outputs[static_cast<std::size_t>(group * bands_.ranks() + i)].at(name));
    parts.push_back(at::cat(bands, 2));
  }
  return at::cat(parts).contiguous(first.suggest_memory_format());
}

Exchanges SimulatedRanks::exchanges() const {
  Exchanges all{.calls = networks_[0]->counters().calls()};
  for (int i = 0; i < ranks_.size(); ++i) {
    const TrafficCounters& counters = networks_[static_cast<std::size_t>(i)]->counters();
    all.ranks.push_back(exchanges_of(ranks_.rank(i), {}, counters));
  }
  return all;
}

at::Tensor SimulatedRanks::decode(const nn::Network& decoder, const at::Tensor& latents) {
  at::Tensor image;
  ranks_.run([&](comm::Communicator& communicator) {
    const at::Tensor made = decode_on(communicator, decoder, latents);
    if (communicator.rank() == 0) image = made;
  });
  return image;
}

}  // namespace latentrt::accel
