/// Timing of the denoiser on several ranks, and of their connection.
#include <latentrt/benchmark.hpp>

#include "accel/registry.hpp"
#include "base/fail.hpp"
#include "base/quote.hpp"
#include "bench/single_rank_ops.hpp"
#include "bench/timed_runs.hpp"
#include "bench/unet_runs.hpp"
#include "comm/agree.hpp"
#include "comm/measure_link.hpp"
#include "device/context_state.hpp"
#include "device/memory/host_pool.hpp"
#include "device/on_device.hpp"
#include "tasks/ranks_state.hpp"

namespace latentrt {
namespace {

using pipeline::UnetRuns;

/// Returns at about the same time on all ranks.
std::function<void()> barrier(const Ranks& ranks) {
  comm::Communicator* const all = ranks.state()->communicator.get();
  if (all == nullptr) return [] {};
  return [all] { comm::gather_texts(*all, "here"); };
}

/// Two rows are the two halves of guidance, which ranks may split.
sampling::GuidancePolicy guidance_of(int rows) {
  return rows % 2 == 0 ? sampling::GuidancePolicy{.scale = 7.5} : sampling::GuidancePolicy{};
}

UnetRuns runs_on_ranks(const Pipeline::State& model, int width, int height, int rows,
                       const std::optional<Spec>& accelerator) {
  std::vector<AcceleratorChoice> choices;
  if (accelerator) choices.emplace_back(*accelerator);
  auto plan = sampling::make_plan(model.denoiser, schedule::Trajectory{}, guidance_of(rows),
                                  accel::make_accelerators(choices));
  if (accelerator && !plan->make_space && !plan->make_launch) {
    fail(Code::invalid_argument,
         "accelerator {} changes nothing about one call here: patch shares it between ranks, "
         "cudagraph launches it as a whole on a GPU",
         quote(accelerator->name));
  }
  return {model, width, height, rows, std::move(plan)};
}

}  // namespace

PartTiming time_unet(const Pipeline& pipeline, int width, int height, int rows, int runs,
                     const Ranks& ranks, const std::optional<Spec>& accelerator) {
  const Pipeline::State& model = *pipeline.state();
  const ContextScope scope(*model.context);
  const UnetRuns unet = runs_on_ranks(model, width, height, rows, accelerator);
  const sampling::Plan& plan = unet.plan();
  const auto timed = [&](const std::function<void()>& work) {
    return pipeline::time_runs(model.device, runs, work, barrier(ranks));
  };
  const auto caller =
      sampling::make_caller(plan, unet.sample().size(2), ranks.state()->communicator.get());
  return timed([&] { unet.run(*caller); });
}

std::vector<NodeProfile> profile_band(const Pipeline& pipeline, int width, int height, int rows,
                                      int runs, const Ranks& ranks) {
  const Pipeline::State& model = *pipeline.state();
  const ContextScope scope(*model.context);
  const UnetRuns unet = runs_on_ranks(model, width, height, rows, {});
  const nn::TimedOps timed(
      accel::make_single_rank_ops(model.denoiser.ops, unet.network(), unet.inputs()),
      *model.denoiser.program, pipeline::waiter(model.device));
  return pipeline::profile_runs(
      model.device, runs, timed, [&] { unet.run(timed); }, barrier(ranks));
}

Link measure_link(const Ranks& ranks, int runs) {
  if (runs < 1) fail(Code::invalid_argument, "runs {} is not positive", runs);
  if (!ranks.state()->communicator) {
    fail(Code::invalid_argument,
         "a link needs at least two ranks, and this process runs on its own: start several with a "
         "launcher");
  }
  const at::Device device = device::parse_device(ranks.device());
  const device::PoolScope pool;
  return comm::measure_link(*ranks.state()->communicator, device, pipeline::waiter(device), runs);
}

}  // namespace latentrt
