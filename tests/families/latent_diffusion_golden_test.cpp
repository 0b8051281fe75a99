/// Models of latent-diffusion from directories: final latents and pictures compared with those of
/// the reference's pipelines, or, for classes, of its sampling script.
#include <ATen/TensorOperators.h>
#include <ATen/ops/from_blob.h>
#include <fmt/format.h>
#include <gtest/gtest.h>

#include <fstream>
#include <latentrt/tensor.hpp>
#include <nlohmann/json.hpp>

#include "components/family_table.hpp"
#include "loading/load.hpp"
#include "pipeline/conditioning.hpp"
#include "sampling/gaussian/gaussian.hpp"
#include "sampling/run.hpp"
#include "sampling/session_state.hpp"

namespace latentrt::pipeline {
namespace {

using Json = nlohmann::ordered_json;

constexpr double kLatentTolerance = 1e-3;
/// of 255: a value close to a half may be rounded to either side
constexpr double kPixelTolerance = 1;

const std::filesystem::path kFolder =
    std::filesystem::path(LATENTRT_SOURCE_DIR) / "tests/golden/latent_diffusion";

at::Tensor tensor_of(HostTensor& stored) {
  return at::from_blob(stored.data.data(), stored.shape, at::TensorOptions(at::kFloat)).clone();
}

/// The request of a case.
class CaseRun {
 public:
  CaseRun(const Json& param, TensorMap golden)
      : case_(param),
        golden_(std::move(golden)),
        model_(load(all_families(), Context::create(), kFolder / case_["model"], {})) {}

  /// Latents after the last step, and pictures with values from 0 to 255.
  std::pair<at::Tensor, at::Tensor> result() {
    const auto plan = sampling::make_plan(model_->denoiser, trajectory(), guidance(), {});
    sampling::SessionState session(plan);
    session.begin({case_["seed"].get<std::uint64_t>()});
    session.sample() = session.noise->draw(shape(), at::kCPU) *
                       sampling::gaussian_of(*plan).trajectory.initial_noise_scale;
    sampling::run_steps(session, conditioning(plan->guidance.active()), {});
    const at::Tensor latents = session.sample();
    const at::Tensor pictures = model_->autoencoder->decode(latents, {});
    return {latents, ((pictures * 0.5 + 0.5).clamp(0, 1) * 255).round().permute({0, 2, 3, 1})};
  }

 private:
  schedule::Trajectory trajectory() const {
    const std::string solver = case_["scheduler"];
    return schedule::make_trajectory(solver,
                                     schedule::options_for_named(solver, model_->scheduler.options),
                                     {.steps = case_["steps"].get<int>()});
  }

  sampling::GuidancePolicy guidance() const {
    return {.scale = case_.value("guidance", 1.0), .below_one = model_->family->guides_below_one};
  }

  std::vector<std::int64_t> shape() const { return golden_.at("latents").shape; }

  nn::NamedTensors conditioning(bool guided) {
    Request request;
    request.prompt = case_.value("prompt", "");
    request.batch = static_cast<int>(shape()[0]);
    ConditioningCall call{
        .request = request, .extent = {}, .guided = guided, .scale = guidance().scale, .chunks = 1};
    if (case_.contains("class")) call.class_label = case_["class"].get<std::int64_t>();
    if (golden_.contains("low")) call.picture = tensor_of(golden_.at("low"));
    return make_conditioning(*model_, call);
  }

  Json case_;
  TensorMap golden_;
  std::shared_ptr<const Pipeline::State> model_;
};

class LatentDiffusionGolden : public ::testing::TestWithParam<Json> {};

TEST_P(LatentDiffusionGolden, EqualsTheReference) {
  const std::string name = GetParam()["name"];
  TensorMap golden = read_tensors(kFolder / (name + ".safetensors"));
  const auto [latents, pictures] = CaseRun(GetParam(), golden).result();
  const at::Tensor wanted = tensor_of(golden.at("latents")),
                   wanted_pictures = tensor_of(golden.at("image"));
  ASSERT_EQ(latents.sizes(), wanted.sizes());
  ASSERT_EQ(pictures.sizes(), wanted_pictures.sizes());
  const double difference = (latents - wanted).abs().max().item<double>(),
               pixels = (pictures - wanted_pictures).abs().max().item<double>();
  fmt::print("{:<28} latents max abs difference {:.2e}, pixels {:.2f} of 255\n", name, difference,
             pixels);
  EXPECT_LT(difference, kLatentTolerance);
  EXPECT_LE(pixels, kPixelTolerance);
}

std::vector<Json> all_cases() {
  const Json list = Json::parse(std::ifstream(kFolder / "cases.json"))["cases"];
  return {list.begin(), list.end()};
}

INSTANTIATE_TEST_SUITE_P(Golden, LatentDiffusionGolden, ::testing::ValuesIn(all_cases()),
                         [](const auto& golden) {
                           return golden.param["name"].template get<std::string>();
                         });

/// A class-conditional model, described by its files.
TEST(LatentDiffusion, SaysWhichClassesItKnows) {
  const auto model = load(all_families(), Context::create(), kFolder / "class", {});
  EXPECT_EQ(model->info.classes, 7);
  EXPECT_EQ(model->info.class_names.at(1), "goldfish");
  EXPECT_EQ(find_class_label(*model->classes(), "stingray"), 6);
  EXPECT_EQ(model->info.pixels_per_latent, 2);
}

}  // namespace
}  // namespace latentrt::pipeline
