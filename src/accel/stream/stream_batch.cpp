/// Stream Batch (section 3.1): items at different stages share one call of the network.
#include <fmt/format.h>

#include "accel/stream.hpp"
#include "base/fail.hpp"
#include "sampling/gaussian/gaussian.hpp"
#include "sampling/plan_builder.hpp"

namespace latentrt::accel {
namespace {

/// Items are in the order of their stages, the newest first.
class Stages final : public sampling::Batch {
 public:
  Stages(std::size_t stages, std::int64_t frames) : stages_(stages), frames_(frames) {}

  sampling::Turn next(const std::vector<std::size_t>& steps) const override {
    sampling::Turn turn;
    for (std::size_t stage = 0; stage < stages_; ++stage) {
      for (std::int64_t frame = 0; frame < frames_; ++frame) {
        const std::int64_t before = (static_cast<std::int64_t>(stage) - 1) * frames_ + frame;
        const bool enters = stage == 0 || steps.empty();
        turn.from.push_back(enters ? sampling::kNewRow : before);
        turn.steps.push_back(stage);
      }
    }
    return turn;
  }

 private:
  std::size_t stages_;
  std::int64_t frames_;
};

class StreamBatch final : public Accelerator {
 public:
  explicit StreamBatch(std::int64_t frames) : frames_(frames) {}
  std::string_view name() const override { return "stream"; }
  Axis axis() const override { return Axis::batch; }
  void contribute(PlanBuilder& builder) const override {
    sampling::Plan& plan = builder.state().plan;
    if (sampling::gaussian_of(plan).has_history()) {
      fail(Code::invalid_argument,
           "stream: a solver that reads earlier steps cannot have items at different steps");
    }
    plan.batch = std::make_shared<const Stages>(builder.call_count(), frames_);
    builder.note(
        fmt::format("stream: {} stages, each with frames of its own", builder.call_count()));
  }

 private:
  std::int64_t frames_;
};

}  // namespace

AcceleratorPtr make_stream_batch(std::int64_t frames) {
  return std::make_shared<StreamBatch>(frames);
}

}  // namespace latentrt::accel
