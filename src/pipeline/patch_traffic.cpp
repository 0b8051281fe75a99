#include <latentrt/patch.hpp>

#include "accel/patch_traffic.hpp"
#include "base/check_range.hpp"
#include "nn/scalar_type.hpp"
#include "pipeline/network_shapes.hpp"
#include "pipeline/run_request.hpp"

namespace latentrt {
namespace {

/// A denoiser, and the shapes of a call.
struct Call {
  const nn::Program& program;
  std::vector<nn::Shape> shapes;
  std::uint64_t element_bytes;
};

Call call_of(const Pipeline::State& model, int width, int height, int rows, int ranks) {
  constexpr int kMaxRows = 1024, kMaxRanks = 1024;
  check_range("rows", rows, 1, kMaxRows);
  check_range("ranks", ranks, 1, kMaxRanks);
  const pipeline::Extent extent = pipeline::checked_extent(model, width, height);
  const Request request{.width = extent.width, .height = extent.height};
  const nn::Program& program = *model.denoiser.program;
  const DType dtype = model.denoiser.weights->placement().dtype;
  return {program, nn::infer_shapes(program, pipeline::unet_shapes(model, request, rows)),
          at::elementSize(nn::scalar_type(dtype))};
}

PatchTraffic traffic_of(const comm::Received& bytes) {
  return {.halo = bytes[comm::Traffic::halo],
          .moments = bytes[comm::Traffic::moments],
          .attention = bytes[comm::Traffic::attention],
          .gather = bytes[comm::Traffic::gather]};
}

}  // namespace

PatchTraffic patch_traffic(const Pipeline& pipeline, int width, int height, int rows, int ranks,
                           double context) {
  const Call call = call_of(*pipeline.state(), width, height, rows, ranks);
  return traffic_of(
      accel::inner_rank_traffic(call.program, call.shapes, ranks, context, call.element_bytes));
}

PatchTraffic released_patch_traffic(const Pipeline& pipeline, int width, int height, int rows,
                                    int ranks) {
  const Call call = call_of(*pipeline.state(), width, height, rows, ranks);
  return traffic_of(accel::released_traffic(call.program, call.shapes, ranks, call.element_bytes));
}

}  // namespace latentrt
