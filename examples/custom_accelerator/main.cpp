/// How do I write an accelerator of my own? Usage: custom_accelerator MODEL_DIRECTORY "a prompt"
///
/// This one reuses the last output of the network's middle while the picture is still mostly noise,
/// and runs the whole network at the end.

#include <iostream>
#include <latentrt/error.hpp>
#include <latentrt/sampler.hpp>

namespace {

class RestlessEnd final : public latentrt::Accelerator {
 public:
  std::string_view name() const override { return "restless_end"; }
  latentrt::Axis axis() const override { return latentrt::Axis::depth; }

  void contribute(latentrt::PlanBuilder& plan) const override {
    const auto skips = plan.skip_connections();
    const std::string& deep = skips.at(skips.size() / 2).from_below;
    const auto slot = plan.add_slot({.name = "deep half", .owner = "restless_end"});
    const auto whole = plan.add_variant("whole", {}, {{deep, slot}});
    const auto outer = plan.add_variant("outer half", {{deep, slot}}, {}, whole);
    plan.assign(
        [&](std::size_t call) { return call % 2 == 0 || plan.log_snr(call) > 0 ? whole : outer; });
  }
};

}  // namespace

int main(int argc, char** argv) {
  if (argc != 3) {
    std::cerr << "usage: custom_accelerator MODEL_DIRECTORY PROMPT\n";
    return 2;
  }
  try {
    const auto pipeline = latentrt::Pipeline::load(latentrt::Context::create(), argv[1]);
    const latentrt::SamplerOptions options{.steps = 20};
    const latentrt::Sampler plain(pipeline, options);
    const latentrt::Sampler fast(pipeline, options, {std::make_shared<RestlessEnd>()});
    const latentrt::Request request{.prompt = argv[2], .seed = 7};
    const double plain_s = plain.run(request).timings.denoise_s;
    const latentrt::Result result = fast.run(request);
    for (const std::string& variant : result.step_variants) std::cout << variant << '\n';
    std::cout << plain_s / result.timings.denoise_s << " times as fast\n";
  } catch (const latentrt::Error& error) {
    std::cerr << error.what() << '\n';
    return 1;
  }
  return 0;
}
