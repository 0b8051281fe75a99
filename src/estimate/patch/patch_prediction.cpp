#include <latentrt/patch.hpp>

#include "base/check_range.hpp"
#include "estimate/network_shapes.hpp"
#include "estimate/patch/patch_prediction.hpp"
#include "nn/weights/scalar_type.hpp"
#include "pipeline/extent.hpp"

namespace latentrt {
namespace {

using comm::Traffic;

pipeline::NamedShapes shapes_of(const Pipeline::State& model, int width, int height, int rows) {
  constexpr int kMaxRows = 1024;
  check_range("rows", rows, 1, kMaxRows);
  const pipeline::Extent extent = pipeline::checked_extent(model, width, height);
  return pipeline::unet_shapes(model, {.width = extent.width, .height = extent.height}, rows);
}

accel::NetworkCall network_call(const Pipeline::State& model, const PatchCall& call) {
  constexpr int kMaxRanks = 1024;
  check_range("ranks", call.ranks, 1, kMaxRanks);
  const DType dtype = model.denoiser.weights->placement().dtype;
  return {*model.denoiser.program, shapes_of(model, call.width, call.height, call.rows),
          at::elementSize(nn::scalar_type(dtype))};
}

accel::MeasuredCall measured_call(const Pipeline::State& model, const MeasuredUnet& measured) {
  accel::MeasuredCall call{
      .inputs = shapes_of(model, measured.width, measured.height, measured.rows),
      .node_seconds = {}};
  for (const NodeProfile& node : measured.nodes) call.node_seconds[node.name] = node.seconds;
  return call;
}

accel::RankSpeed speed_of(const Pipeline::State& model, const RankMachine& machine) {
  accel::RankSpeed speed{.flops_per_s = machine.flops_per_s, .measured = {}};
  for (const MeasuredUnet& measured : machine.measured)
    speed.measured.push_back(measured_call(model, measured));
  return speed;
}

void check_link(const Link& link) {
  constexpr double kMaxAlpha = 1e6, kMaxBeta = std::numeric_limits<double>::infinity();
  check_range("link alpha (s)", link.alpha_s, 0, kMaxAlpha);
  check_range("link beta (bytes/s)", link.beta_bytes_per_s, 1, kMaxBeta);
  check_range("link kappa", link.kappa, 0, 1);
}

PatchPrediction public_form(const accel::Prediction& made) {
  PatchTraffic traffic{.halo = made.inner[Traffic::halo].bytes,
                       .moments = made.inner[Traffic::moments].bytes,
                       .attention = made.inner[Traffic::attention].bytes,
                       .gather = made.inner[Traffic::gather].bytes};
  for (const accel::Amount& amount : made.inner.amounts) traffic.messages += amount.messages;
  return {.traffic = traffic,
          .one_device_s = made.one_device_s,
          .compute_s = made.compute_s,
          .blocking_s = made.blocking_s,
          .overlapped_s = made.overlapped_s,
          .step_s = made.step_s};
}

}  // namespace

PatchPrediction predict_patch_step(const Pipeline& pipeline, const PatchCall& call,
                                   const RankMachine& machine, const Spec& patch) {
  const Pipeline::State& model = *pipeline.state();
  check_link(machine.link);
  return public_form(accel::predict_step(network_call(model, call), call.ranks, patch,
                                         speed_of(model, machine), machine.link));
}

PatchPrediction predict_released_step(const Pipeline& pipeline, const PatchCall& call,
                                      const RankMachine& machine) {
  const Pipeline::State& model = *pipeline.state();
  check_link(machine.link);
  return public_form(accel::predict_released_step(network_call(model, call), call.ranks,
                                                  speed_of(model, machine), machine.link));
}

}  // namespace latentrt
