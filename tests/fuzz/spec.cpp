/// Specs NAME:key=value,... and the schedules that they select.
#include <latentrt/spec.hpp>

#include "fuzz/check.hpp"
#include "schedule/schedule.hpp"

using namespace latentrt;

namespace {

constexpr int kSteps = 3;

void check(std::string_view text) {
  const Spec spec = Spec::parse(text);
  const Spec again = Spec::parse(spec.to_string());
  fuzz::require(again.name == spec.name && again.options == spec.options, "a text comes back");
  const schedule::Options options = schedule::parse_options(spec.name, spec);
  schedule::make_trajectory(spec.name, options, {.steps = kSteps});
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  fuzz::refusable([&] { check(fuzz::text_of(data, size)); });
  return 0;
}
