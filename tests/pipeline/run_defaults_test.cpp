/// Default steps and guidance.
#include "pipeline/run_defaults.hpp"

#include <gtest/gtest.h>

#include <latentrt/sampler.hpp>

#include "components/family_table.hpp"

namespace latentrt::pipeline {
namespace {

struct Case {
  const char* name;
  const char* pipeline_class;
  const char* scheduler_file;
  bool embeds_guidance;
  const char* named;
  int steps;
  double guidance;
};

constexpr const char* kSd = "StableDiffusionPipeline";
constexpr const char* kXl = "StableDiffusionXLPipeline";
constexpr const char* kLcm = "LatentConsistencyModelPipeline";

constexpr Case kCases[] = {
    {"SD15", kSd, R"({"_class_name": "PNDMScheduler"})", false, "", 50, 7.5},
    {"SDXL", kXl, R"({"_class_name": "EulerDiscreteScheduler", "timestep_spacing": "leading"})",
     false, "", 50, 5},
    {"LcmWithGuidanceInput", kLcm, R"({"_class_name": "LCMScheduler"})", true, "", 4, 8.5},
    {"LcmByItsClass", kLcm, R"({"_class_name": "DDIMScheduler"})", false, "", 4, 1},
    {"LcmWithoutGuidanceInput", kSd, R"({"_class_name": "LCMScheduler"})", false, "", 4, 1},
    {"LcmWithAnotherSolver", kSd, R"({"_class_name": "LCMScheduler"})", false, "euler", 4, 1},
    {"LcmIsNamed", kSd, R"({"_class_name": "PNDMScheduler"})", false, "lcm", 4, 1},
    {"Turbo", kSd, R"({"_class_name": "EulerDiscreteScheduler", "timestep_spacing": "trailing"})",
     false, "", 4, 0},
    {"TurboXL", kXl,
     R"({"_class_name": "EulerAncestralDiscreteScheduler", "timestep_spacing": "trailing"})", false,
     "", 4, 0},
    {"VelocityWithZeroSnr", kXl,
     R"({"_class_name": "EulerDiscreteScheduler", "timestep_spacing": "trailing",
         "prediction_type": "v_prediction", "rescale_betas_zero_snr": true})",
     false, "", 50, 5},
    {"TrailingDdim", kSd, R"({"_class_name": "DDIMScheduler", "timestep_spacing": "trailing"})",
     false, "", 50, 7.5},
    {"FewTrainingTimesteps", kSd, R"({"_class_name": "DDPMScheduler", "num_train_timesteps": 20})",
     false, "", 20, 7.5}};

class RunDefaultsOf : public ::testing::TestWithParam<Case> {};

TEST_P(RunDefaultsOf, TheModel) {
  const Case& param = GetParam();
  const ModelScheduler scheduler =
      scheduler_of(io::Config::from_text(param.scheduler_file, "scheduler_config.json"));
  const FamilyPtr family = all_families().of_class(param.pipeline_class);
  ASSERT_NE(family, nullptr);
  const RunDefaults defaults = run_defaults({.guidance = family->guidance,
                                             .consistency_model = family->consistency_model,
                                             .scheduler = scheduler,
                                             .embeds_guidance = param.embeds_guidance},
                                            param.named);
  EXPECT_EQ(defaults.steps, param.steps);
  EXPECT_EQ(defaults.guidance, param.guidance);
  EXPECT_EQ(defaults.kind.empty(), param.steps != 4) << defaults.kind;
}

INSTANTIATE_TEST_SUITE_P(Kinds, RunDefaultsOf, ::testing::ValuesIn(kCases),
                         [](const auto& instance) { return instance.param.name; });

TEST(SamplerDefaults, FillInWhatTheCallerLeftOpen) {
  PipelineOptions structure;
  structure.structure_only = true;
  const Pipeline xl = Pipeline::synthetic(Context::create(), "sdxl", 1, structure);
  EXPECT_EQ(xl.info().default_steps, 50);
  EXPECT_EQ(xl.info().default_guidance, 5);
  const auto taken = [&](const SamplerOptions& options) { return Sampler(xl, options).options(); };
  EXPECT_EQ(taken({}).steps, 50);
  EXPECT_EQ(taken({}).guidance.scale, 5);
  EXPECT_EQ(taken({.steps = 7, .guidance = {.scale = 2}}).steps, 7);
  EXPECT_EQ(taken({.steps = 7, .guidance = {.scale = 2}}).guidance.scale, 2);
  EXPECT_EQ(taken({.schedule = Spec::parse("ddpm"), .timesteps = {900, 500, 1}}).steps, 3);
}

}  // namespace
}  // namespace latentrt::pipeline
