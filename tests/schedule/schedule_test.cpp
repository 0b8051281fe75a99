#include "schedule/schedule.hpp"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <cmath>
#include <limits>

#include "schedule/evaluate.hpp"
#include "schedule/options.hpp"

namespace latentrt::schedule::testing {
namespace {

using ::testing::HasSubstr;

std::string make_error(const char* solver, const Options& options,
                       const RunShape& run = {.steps = 20}) {
  return error_of([&] { make_trajectory(solver, options, run); });
}

TEST(Schedule, NamesAreSorted) {
  EXPECT_EQ(solver_names(),
            (std::vector<std::string>{"ddim",         "ddim_inverse", "ddpm",
                                      "deis",         "dpmpp_2m",     "dpmpp_2m_karras",
                                      "dpmpp_2m_sde", "dpmpp_2s_a",   "dpmpp_3m",
                                      "dpmpp_3m_sde", "dpmpp_sde",    "dpmpp_single",
                                      "dpmsolver",    "edm_dpmpp_2m", "edm_euler",
                                      "euler",        "euler_a",      "heun",
                                      "kdpm2",        "kdpm2_a",      "lcm",
                                      "lms",          "pndm",         "sa_solver",
                                      "tcd",          "unipc"}));
}

/// The weights of the clean sample and of the noise in a sample: solvers that scale their samples
/// preserve the variance.
TEST(Schedule, LevelsOfTheSteps) {
  for (const std::string& solver : solver_names()) {
    const Trajectory path = make_trajectory(solver, {}, {.steps = 5});
    // Samples that are not scaled grow with sigma; the network's input is scaled instead.
    const bool unscaled = path.steps.front().input_scale != 1;
    for (std::size_t i = 0; i < path.steps.size(); ++i) {
      const Level level = level_at(path, i);
      EXPECT_NEAR(level.noise, level.image * path.steps[i].sigma, 1e-9) << solver << i;
      const double variance = level.image * level.image + level.noise * level.noise;
      const double sigma = path.steps[i].sigma;
      EXPECT_NEAR(variance, unscaled ? 1 + sigma * sigma : 1, 1e-9) << solver << i;
    }
    EXPECT_EQ(level_at(path, path.steps.size()).image, 1) << solver;
    EXPECT_EQ(level_at(path, path.steps.size()).noise, 0) << solver;
  }
}

TEST(Schedule, ClassesMeanSolvers) {
  const auto name_of = [](const char* class_name) { return solver_of_class(class_name).name; };
  EXPECT_EQ(name_of("DDIMScheduler"), "ddim");
  EXPECT_EQ(name_of("DDPMScheduler"), "ddpm");
  EXPECT_EQ(name_of("PNDMScheduler"), "pndm");
  EXPECT_EQ(name_of("EulerDiscreteScheduler"), "euler");
  EXPECT_EQ(name_of("EulerAncestralDiscreteScheduler"), "euler_a");
  EXPECT_EQ(name_of("DPMSolverMultistepScheduler"), "dpmpp_2m");
  EXPECT_EQ(name_of("LCMScheduler"), "lcm");
  EXPECT_EQ(name_of("UniPCMultistepScheduler"), "unipc");
  EXPECT_EQ(name_of("DPMSolverSinglestepScheduler"), "dpmpp_single");
  EXPECT_EQ(name_of("DEISMultistepScheduler"), "deis");
  EXPECT_EQ(name_of("HeunDiscreteScheduler"), "heun");
  EXPECT_EQ(name_of("KDPM2DiscreteScheduler"), "kdpm2");
  EXPECT_EQ(name_of("KDPM2AncestralDiscreteScheduler"), "kdpm2_a");
  EXPECT_EQ(name_of("DPMSolverSDEScheduler"), "dpmpp_sde");
  EXPECT_EQ(name_of("LMSDiscreteScheduler"), "lms");
  EXPECT_EQ(name_of("TCDScheduler"), "tcd");
  EXPECT_EQ(name_of("DDIMInverseScheduler"), "ddim_inverse");
  EXPECT_EQ(name_of("EDMEulerScheduler"), "edm_euler");
  EXPECT_EQ(name_of("EDMDPMSolverMultistepScheduler"), "edm_dpmpp_2m");
  EXPECT_EQ(name_of("SASolverScheduler"), "sa_solver");
  EXPECT_EQ(name_of("DDIMParallelScheduler"), "ddim");
  EXPECT_EQ(name_of("DDPMParallelScheduler"), "ddpm");
}

TEST(Schedule, OtherClassesHaveAWayOut) {
  const ModelSolver other = solver_of_class("IPNDMScheduler");
  EXPECT_EQ(other.name, "");
  EXPECT_EQ(other.nearest, "pndm");
  EXPECT_TRUE(other.replaceable);
  EXPECT_THAT(other.refusal,
              HasSubstr("the scheduler class \"IPNDMScheduler\" is not available; pndm "
                        "runs such a model (--scheduler, or SamplerOptions::schedule), and so does "
                        "any of ddim, ddim_inverse, ddpm, deis, "));
  for (const auto& [class_name, nearest] :
       {std::pair("DPMSolverMultistepInverseScheduler", "dpmpp_2m"),
        {"SomebodysScheduler", "euler"}})
    EXPECT_EQ(solver_of_class(class_name).nearest, nearest) << class_name;
  EXPECT_THAT(solver_of_class("").refusal, HasSubstr("has no _class_name"));
}

TEST(Schedule, ModelsOfAnotherProcessHaveNone) {
  for (const char* class_name : {"FlowMatchEulerDiscreteScheduler", "ScoreSdeVeScheduler"}) {
    const ModelSolver other = solver_of_class(class_name);
    EXPECT_FALSE(other.replaceable) << class_name;
    EXPECT_EQ(other.nearest, "") << class_name;
    EXPECT_THAT(other.refusal, HasSubstr("no other scheduler fits")) << class_name;
  }
}

/// With a network that has another preconditioning, all other solvers produce noise.
TEST(Schedule, SolversOfOtherNetworksAreRefused) {
  const auto error_with = [](const char* named, const char* class_name) {
    return error_of([&] { check_fits(named, solver_of_class(class_name)); });
  };
  EXPECT_EQ(error_with("edm_euler", "EDMDPMSolverMultistepScheduler"), "");
  EXPECT_EQ(error_with("heun", "DDIMScheduler"), "");
  EXPECT_EQ(error_with("edm_euler", "SomebodysScheduler"), "") << "nobody knows";
  EXPECT_EQ(error_with("euler", "EDMEulerScheduler"),
            "unsupported: euler is not for networks that were trained as Karras et al. 2022 do "
            "(EDM), and this model's own scheduler is edm_euler");
  EXPECT_THAT(error_with("edm_euler", "PNDMScheduler"), HasSubstr("edm_euler is for networks"));
}

/// A model's file, which belongs to another solver, does not change the meaning of a name.
TEST(Schedule, ANamedVariantKeepsWhatItStandsFor) {
  const Options of_model = {{"algorithm_type", text("dpmsolver++")},
                            {"solver_order", number(2)},
                            {"final_sigmas_type", text("zero")},
                            {"beta_schedule", text("scaled_linear")}};
  for (const char* solver : {"dpmpp_3m", "dpmpp_3m_sde", "dpmsolver"}) {
    const Options left = options_for_named(solver, of_model);
    EXPECT_EQ(left.size(), 1U) << solver;
    EXPECT_EQ(make_error(solver, left), "") << solver;
  }
  EXPECT_TRUE(options_for_named("dpmpp_2m", of_model).contains("solver_order"));
}

TEST(Schedule, ANamedSolverIsNotToldWhichAlgorithmTheModelsOwnClassRuns) {
  const Options of_model = {{"algorithm_type", text("sde-dpmsolver++")},
                            {"beta_schedule", text("scaled_linear")}};
  const Options left = options_for_named("dpmpp_2m", of_model);
  EXPECT_FALSE(left.contains("algorithm_type"));
  EXPECT_TRUE(left.contains("beta_schedule"));
}

TEST(Schedule, AlgorithmsOfDpmSolverHaveLimitsInWords) {
  EXPECT_EQ(make_error("dpmpp_2m", {{"algorithm_type", text("dpmsolver")}}),
            "invalid_argument: dpmpp_2m with algorithm_type=dpmsolver cannot end at sigma 0; "
            "final_sigmas_type=sigma_min or algorithm_type=dpmsolver++ can");
  EXPECT_EQ(make_error("dpmpp_2m", {{"algorithm_type", text("sde-dpmsolver")},
                                    {"solver_order", number(3)},
                                    {"final_sigmas_type", text("sigma_min")}}),
            "unsupported: dpmpp_2m with algorithm_type=sde-dpmsolver takes solver_order 1 or 2, "
            "not 3");
  for (const char* solver : {"dpmpp_single", "edm_dpmpp_2m"}) {
    EXPECT_THAT(make_error(solver, {{"algorithm_type", text("sde-dpmsolver++")},
                                    {"solver_order", number(3)}}),
                HasSubstr(" takes solver_order 1 or 2, not 3"))
        << solver;
  }
}

TEST(Schedule, UnipcEndsCleanOnlyWhereThatHasALimit) {
  for (const auto& [key, value] : {std::pair("predict_x0", flag(false)),
                                   {"solver_type", text("bh1")},
                                   {"lower_order_final", flag(false)}}) {
    EXPECT_THAT(make_error("unipc", {{key, value}}),
                HasSubstr("cannot end at sigma 0; final_sigmas_type=sigma_min can"))
        << key;
    EXPECT_EQ(make_error("unipc", {{key, value}, {"final_sigmas_type", text("sigma_min")}}), "");
  }
}

TEST(Schedule, PndmStartsWithRungeKuttaStepsWhereTheClassDoes) {
  EXPECT_TRUE(solver_of_class("PNDMScheduler").defaults.contains("skip_prk_steps"));
  const Options options = stable_diffusion({{"skip_prk_steps", flag(false)}});
  const auto steps = make_trajectory("pndm", options, {.steps = 50}).steps;
  ASSERT_EQ(steps.size(), 59u) << "four calls for each of the first three steps";
  const std::vector<double> first = {981, 971, 971, 961, 961, 951, 951, 941, 941, 931, 931, 921};
  for (std::size_t i = 0; i < first.size(); ++i) EXPECT_EQ(steps[i].timestep, first[i]) << i;
  EXPECT_EQ(steps.back().timestep, 1);
  EXPECT_EQ(make_error("pndm", options, {.steps = 3}),
            "invalid_argument: pndm with skip_prk_steps=false takes 4 steps or more, not 3: its "
            "first 3 are Runge-Kutta steps; pndm:skip_prk_steps=true takes any number");
}

/// With strength the run starts like a whole run whose first timestep is the first one that is
/// kept.
TEST(Schedule, RungeKuttaStepsStartAnImageToImageRun) {
  const Options options = stable_diffusion({{"skip_prk_steps", flag(false)}});
  const auto whole = make_trajectory("pndm", options, {.steps = 10}).steps;
  const auto part =
      make_trajectory("pndm", options, {.steps = 10, .strength = 0.6, .from_image = true}).steps;
  ASSERT_EQ(part.size(), 15u);
  EXPECT_EQ(part.front().timestep, 501) << "the fifth of ten";
  EXPECT_EQ(part.back().timestep, whole.back().timestep);
  EXPECT_EQ(part.back().history_weights, whole.back().history_weights);
}

/// Song et al.'s step from timestep 981 to 961, computed by hand.
TEST(Schedule, DdimStepHasTheWorkedExamplesNumbers) {
  const Step step = make_trajectory("ddim", stable_diffusion(), {.steps = 50}).steps.front();
  EXPECT_EQ(step.timestep, 981);
  EXPECT_NEAR(step.x0_from_sample + 0.5 * step.x0_from_output, 6.598259, 1e-5);
  EXPECT_NEAR(advance(step, 1, 0.5, 0, {}, 0).next, 1.0612257, 1e-6);
}

TEST(Schedule, PndmTakesOneStepMore) {
  const auto steps = make_trajectory("pndm", stable_diffusion(), {.steps = 50}).steps;
  ASSERT_EQ(steps.size(), 51u);
  EXPECT_EQ(steps[0].timestep, 981);
  EXPECT_EQ(steps[1].timestep, 961);
  EXPECT_EQ(steps[2].timestep, 961);
  EXPECT_EQ(steps[50].timestep, 1);
}

TEST(Schedule, DrawsAreCountedAsElsewhere) {
  const auto draws = [](const char* solver, Options options) {
    const auto steps =
        make_trajectory(solver, stable_diffusion(std::move(options)), {.steps = 5}).steps;
    return std::count_if(steps.begin(), steps.end(),
                         [](const Step& step) { return step.draws_noise; });
  };
  EXPECT_EQ(draws("ddim", {}), 0);
  EXPECT_EQ(draws("ddim", {{"eta", number(0.5)}}), 5);
  EXPECT_EQ(draws("ddpm", {}), 5);
  EXPECT_EQ(draws("ddpm", {{"steps_offset", number(0)}}), 4) << "timestep 0 draws nothing";
  EXPECT_EQ(draws("euler", {}), 0);
  EXPECT_EQ(draws("euler_a", {}), 5);
  EXPECT_EQ(draws("dpmpp_2m", {}), 0);
  EXPECT_EQ(draws("lcm", {}), 4);
  EXPECT_EQ(draws("tcd", {}), 0) << "eta is 0 unless given, as in the field's pipelines";
  EXPECT_EQ(draws("tcd", {{"eta", number(0.3)}}), 4);
  EXPECT_EQ(draws("kdpm2_a", {}), 4);
  EXPECT_EQ(draws("dpmpp_2s_a", {}), 4);
  EXPECT_EQ(draws("dpmpp_sde", {}), 8) << "both calls of each step but the last";
  EXPECT_EQ(draws("dpmpp_2m_sde", {}), 5);
  EXPECT_EQ(draws("sa_solver", {{"tau", number(0)}}), 5) << "whether or not there is use for it";
}

TEST(Schedule, StepsHaveARange) {
  for (const std::string& solver : solver_names()) {
    EXPECT_THAT(make_error(solver.c_str(), {}, {.steps = 0}),
                HasSubstr("invalid_argument: 0 steps are outside 1 to 1000"));
    EXPECT_THAT(make_error(solver.c_str(), {}, {.steps = 1'000'000}),
                HasSubstr("outside 1 to 1000"));
    EXPECT_THAT(make_error(solver.c_str(), {{"num_train_timesteps", number(10)}}, {.steps = 11}),
                HasSubstr("outside 1 to 10"));
  }
}

TEST(Schedule, EveryCountOfStepsIsRunOrRefusedInWords) {
  for (const std::string& solver : solver_names()) {
    for (const char* spacing : {"leading", "linspace", "trailing"}) {
      for (const int steps : {1, 2, 3, 61, 499, 998, 999, 1000}) {
        const Options options = {{"timestep_spacing", text(spacing)}};
        const std::string error = make_error(solver.c_str(), options, {.steps = steps});
        if (solver == "ddim_inverse" && std::string_view(spacing) == "linspace") continue;
        const bool full = steps == 1000 && std::string_view(spacing) == "leading";
        const std::vector<std::string> leave_zero = {"deis",      "dpmpp_2m",     "dpmpp_2m_sde",
                                                     "dpmpp_3m",  "dpmpp_3m_sde", "dpmsolver",
                                                     "sa_solver", "unipc"};
        const bool too_many = ((solver == "lcm" || solver == "tcd") && steps > 50) ||
                              (full && std::ranges::find(leave_zero, solver) != leave_zero.end());
        EXPECT_EQ(error.empty(), !too_many)
            << solver << ' ' << spacing << ' ' << steps << ": " << error;
      }
    }
  }
}

TEST(Schedule, LcmTakesNoMoreStepsThanItWasDistilledFor) {
  EXPECT_EQ(make_error("lcm", {}, {.steps = 51}),
            "invalid_argument: lcm takes at most original_inference_steps = 50 steps, not 51");
  EXPECT_EQ(make_error("lcm", {{"num_train_timesteps", number(40)}}),
            "invalid_argument: lcm option original_inference_steps = 50 is more than 40 training "
            "timesteps");
}

TEST(Schedule, TimestepsBeyondTrainingAreRefused) {
  EXPECT_EQ(
      make_error("ddim", stable_diffusion(), {.steps = 1000}),
      "invalid_argument: the schedule visits timestep 1000, but training used 0 to 999; use fewer "
      "steps or a smaller "
      "steps_offset fit");
}

TEST(Schedule, EmptyIntervalsBetweenSigmasAreStepped) {
  const auto steps = make_trajectory("dpmpp_2m", stable_diffusion(), {.steps = 1000}).steps;
  ASSERT_EQ(steps.size(), 1000u);
  const auto repeated = std::adjacent_find(
      steps.begin(), steps.end(), [](const Step& a, const Step& b) { return a.sigma == b.sigma; });
  ASSERT_NE(repeated, steps.end()) << "a thousand whole timesteps between 999 and 1 repeat one";
  EXPECT_EQ(repeated->sample_weight, 1);
  EXPECT_EQ(repeated->output_weight, 0);
}

TEST(Schedule, StrengthCutsTheFirstSteps) {
  const auto full = make_trajectory("ddim", stable_diffusion(), {.steps = 10});
  const auto cut = make_trajectory("ddim", stable_diffusion(),
                                   {.steps = 10, .strength = 0.39, .from_image = true});
  ASSERT_EQ(cut.steps.size(), 3u);
  EXPECT_EQ(cut.steps.front().timestep, full.steps[7].timestep);
  EXPECT_NEAR(cut.image_weight * cut.image_weight + cut.noise_weight * cut.noise_weight, 1, 1e-9);
}

TEST(Schedule, StrengthIsChecked) {
  const RunShape shapes[] = {{.steps = 10, .strength = 0, .from_image = true},
                             {.steps = 10, .strength = -0.5, .from_image = true},
                             {.steps = 10, .strength = 1.01, .from_image = true},
                             {.steps = 10, .strength = std::nan(""), .from_image = true}};
  for (const RunShape& shape : shapes) {
    EXPECT_THAT(make_error("ddim", {}, shape), HasSubstr("is not above 0 and at most 1"))
        << shape.strength;
  }
  EXPECT_EQ(make_error("ddim", {}, {.steps = 10, .strength = 0.5}),
            "invalid_argument: strength 0.5 needs an image to start from");
  EXPECT_EQ(
      make_error("ddim", {}, {.steps = 4, .strength = 0.2, .from_image = true}),
      "invalid_argument: strength 0.2 leaves none of 4 steps; steps * strength must be 1 or more");
}

TEST(Schedule, OptionsOfOtherClassesAreLegalInAFile) {
  const Options pndm_file =
      stable_diffusion({{"skip_prk_steps", flag(true)}, {"thresholding", flag(true)}});
  EXPECT_EQ(make_error("euler", pndm_file), "");
  const Options unipc_file = {
      {"solver_type", text("bh2")}, {"predict_x0", flag(true)}, {"solver_order", number(2)}};
  EXPECT_EQ(make_error("dpmpp_2m", unipc_file), "");
}

TEST(Schedule, OptionsOfAPersonMustBeKnown) {
  const auto error_with = [](const char* text) {
    const Spec spec = Spec::parse(text);
    return error_of([&] { parse_options(spec.name, spec); });
  };
  EXPECT_EQ(error_with("ddim:eta=0.5"), "");
  EXPECT_EQ(error_with("Euler a:eta=0.5"),
            "invalid_argument: euler_a has no option \"eta\"; it has beta_end, beta_schedule, "
            "beta_start, "
            "num_train_timesteps, prediction_type, rescale_betas_zero_snr, steps_offset, "
            "timestep_spacing, trained_betas");
  EXPECT_EQ(error_with("ddim:eta=half"),
            "invalid_argument: ddim: eta=\"half\" is not a number from 0 to 1");
  EXPECT_THAT(error_with("dim"), HasSubstr("unknown scheduler \"dim\""));
}

TEST(Schedule, OptionNamesAreThoseThatCanBeSet) {
  const auto names = option_names("dpmpp_2m");
  EXPECT_THAT(names, ::testing::Contains("thresholding"));
  EXPECT_THAT(names, ::testing::Not(::testing::Contains("use_flow_sigmas")));
}

TEST(Schedule, UnsupportedValuesAreNamed) {
  EXPECT_EQ(make_error("lcm", {{"thresholding", flag(true)}}, {.steps = 4}),
            "unsupported: lcm: thresholding=true is not supported");
  EXPECT_EQ(make_error("unipc", {{"thresholding", flag(true)}, {"predict_x0", flag(false)}}),
            "unsupported: unipc with predict_x0=false does not take thresholding=true");
  EXPECT_THAT(
      make_error("dpmpp_2m", {{"algorithm_type", text("sa-solver")}}),
      HasSubstr(
          "unsupported: dpmpp_2m: algorithm_type=\"sa-solver\" is not one of dpmsolver++, sde-"));
  EXPECT_THAT(make_error("ddpm", {{"variance_type", text("learned_range")}}),
              HasSubstr("unsupported: ddpm: variance_type=\"learned_range\" is not one of"));
  EXPECT_THAT(make_error("pndm", {{"prediction_type", text("sample")}}),
              HasSubstr("unsupported: pndm: prediction_type=\"sample\" is not one of"));
  EXPECT_THAT(make_error("dpmpp_2m", {{"solver_order", number(4)}}),
              HasSubstr("solver_order=4 is not a whole number from 1 to 3"));
}

TEST(Schedule, HostileNumbersAreRefused) {
  constexpr double kInfinity = std::numeric_limits<double>::infinity();
  for (const double value : {-1.0, kInfinity, -kInfinity, std::nan("")}) {
    for (const char* key : {"beta_start", "beta_end", "steps_offset", "num_train_timesteps"}) {
      EXPECT_THAT(make_error("ddim", {{key, number(value)}}),
                  HasSubstr("invalid_argument: ddim: " + std::string(key)));
    }
    EXPECT_THAT(make_error("ddim", {{"eta", number(value)}}),
                HasSubstr("invalid_argument: ddim: eta"));
  }
  EXPECT_EQ(make_error("dpmpp_2m", {{"lambda_min_clipped", number(-kInfinity)}}), "")
      << "its default";
}

TEST(Schedule, EpsilonWithoutSignalIsRefused) {
  const Options zero_snr = stable_diffusion(
      {{"rescale_betas_zero_snr", flag(true)}, {"timestep_spacing", text("trailing")}});
  EXPECT_EQ(make_error("ddim", zero_snr),
            "invalid_argument: ddim cannot take step 1 (timestep 999): with these betas no signal "
            "is left there, and from "
            "this prediction_type no clean sample follows");
  EXPECT_EQ(make_error("euler", zero_snr), "");
}

TEST(Schedule, NoiseFreeBetasAreRefused) {
  const Options noise_free = {{"beta_start", number(0)}, {"beta_end", number(0)}};
  for (const char* solver : {"ddim", "ddpm", "pndm", "euler", "euler_a", "dpmpp_2m"}) {
    EXPECT_THAT(make_error(solver, noise_free),
                HasSubstr("invalid_argument: " + std::string(solver)))
        << solver;
  }
}

TEST(Schedule, SigmasOfStepsAreFiniteAndFall) {
  for (const std::string& solver : solver_names()) {
    const Options options = stable_diffusion({{"rescale_betas_zero_snr", flag(true)},
                                              {"prediction_type", text("v_prediction")},
                                              {"timestep_spacing", text("trailing")}});
    if (solver == "ddim_inverse") continue;  // its sigmas rise
    double before = std::numeric_limits<double>::infinity();
    for (const Step& step : make_trajectory(solver, options, {.steps = 8}).steps) {
      EXPECT_TRUE(std::isfinite(step.sigma)) << solver;
      EXPECT_LE(step.sigma, before) << solver;
      before = step.sigma;
    }
  }
}

TEST(Schedule, TrainTimestepsDefaultToAThousand) {
  EXPECT_EQ(train_timesteps({}), 1000);
  EXPECT_EQ(train_timesteps({{"num_train_timesteps", number(500)}}), 500);
  EXPECT_THAT(
      error_of([] {
        train_timesteps({{"num_train_timesteps", number(0)}});
      }),
      HasSubstr(
          "invalid_argument: the scheduler: num_train_timesteps=0 is not a whole number from 1"));
}

}  // namespace
}  // namespace latentrt::schedule::testing
