#include "accel/stream.hpp"

#include <fmt/format.h>

#include "sampling/plan_builder.hpp"

namespace latentrt::accel {
namespace {

class Stream final : public Accelerator {
 public:
  std::string_view name() const override { return "stream"; }
  Axis axis() const override { return Axis::batch; }
  void contribute(PlanBuilder& plan) const override {
    plan.state().plan.is_stream = true;
    plan.note(fmt::format("stream: {} stages, each with frames of its own", plan.call_count()));
  }
};

}  // namespace

AcceleratorPtr make_stream() { return std::make_shared<Stream>(); }

}  // namespace latentrt::accel
