/// Whole runs of every solver compared with the reference programs: diffusers, and k-diffusion for
/// the solver that diffusers lacks. The network is a toy, 0.8 x (0.5 + t / 2000), on random values
/// of PyTorch's generator: seed 0 for the first sample, seed 1 for noise of the steps.
#include <gtest/gtest.h>

#include <cctype>
#include <cmath>
#include <numeric>

#include "sampling/gaussian/brownian_noise.hpp"
#include "sampling/noise.hpp"
#include "schedule/evaluate.hpp"
#include "schedule/schedule.hpp"

namespace latentrt::sampling {
namespace {

/// The first value of the result, and the sum of all.
struct Toy {
  const char* solver;
  int steps;
  double first, sum;
};

const std::vector<std::int64_t> kShape{1, 4, 8, 8};

schedule::testing::Vector values_of(const at::Tensor& tensor) {
  return {tensor.const_data_ptr<float>(), tensor.const_data_ptr<float>() + tensor.numel()};
}

schedule::Trajectory trajectory_of(const Toy& toy) {
  const Spec spec = Spec::parse(toy.solver);
  schedule::Options options = schedule::parse_options(spec.name, spec);
  options.insert({{"beta_start", number_value(0.00085)},
                  {"beta_end", number_value(0.012)},
                  {"beta_schedule", text_value("scaled_linear")}});
  return schedule::make_trajectory(spec.name, options,
                                   {.steps = toy.steps, .roots = library_roots});
}

schedule::testing::Vector result_of(const Toy& toy) {
  const schedule::Trajectory trajectory = trajectory_of(toy);
  at::Generator start = make_generator(0), later = make_generator(1);
  const at::Tensor first = draw_noise(kShape, start, at::kCPU);
  std::size_t step = 0;
  const TorchNoise source({42});
  const auto draw = [&] {
    if (!trajectory.brownian) return values_of(draw_noise(kShape, later, at::kCPU));
    while (!trajectory.steps[step].draws_noise) ++step;
    return values_of(
        brownian_noise(*trajectory.brownian, trajectory.steps[step++].span, first, source));
  };
  schedule::testing::Vector sample = values_of(first);
  for (float& value : sample) value = static_cast<float>(value * trajectory.initial_noise_scale);
  const auto network = [](float input, double timestep) {
    return static_cast<float>(0.8 * double(input) * (0.5 + timestep / 2000));
  };
  return schedule::testing::evaluate(trajectory, sample, network, draw).back();
}

class ToyRuns : public ::testing::TestWithParam<Toy> {};

TEST_P(ToyRuns, HaveTheValuesOfTheReference) {
  constexpr double kFirst = 1e-5, kSum = 3e-5;
  const Toy& toy = GetParam();
  const auto result = result_of(toy);
  EXPECT_NEAR(result.front(), toy.first, kFirst * std::max(1.0, std::abs(toy.first)));
  EXPECT_NEAR(std::accumulate(result.begin(), result.end(), 0.0), toy.sum,
              kSum * std::abs(toy.sum));
}

INSTANTIATE_TEST_SUITE_P(
    Solvers, ToyRuns,
    ::testing::Values(
        Toy{"unipc", 8, -1.923466, 11.25897}, Toy{"unipc:solver_order=3", 8, -1.93471, 11.32478},
        Toy{"unipc:use_karras_sigmas=true", 8, -1.92085, 11.24364},
        Toy{"unipc:predict_x0=false,final_sigmas_type=sigma_min", 8, -1.908872, 11.17353},
        Toy{"unipc:prediction_type=v_prediction", 8, -.452864, 2.65083},
        Toy{"unipc:timestep_spacing=leading,steps_offset=1", 8, -1.686237, 9.87035},
        Toy{"heun", 8, -1.897745, 11.10841},
        Toy{"heun:use_karras_sigmas=true", 8, -1.921774, 11.24906},
        Toy{"heun:timestep_spacing=trailing", 4, -1.628453, 9.53211},
        Toy{"kdpm2", 8, -1.942942, 11.37296},
        Toy{"kdpm2:use_karras_sigmas=true", 8, -1.922535, 11.25351},
        Toy{"kdpm2_a", 8, -1.794264, 20.57191}, Toy{"kdpm2_a", 3, 1.8895499, -7.0622520},
        Toy{"dpmpp_single", 8, -1.940401, 11.35809},
        Toy{"dpmpp_single:solver_order=3", 8, -1.90714, 11.16340},
        Toy{"dpmpp_single", 7, -1.951421, 11.42259}, Toy{"dpmpp_2m", 8, -1.924148, 11.26296},
        Toy{"dpmpp_3m", 8, -1.958315, 11.46295}, Toy{"dpmpp_3m", 16, -1.953135, 11.43263},
        Toy{"dpmpp_2m_sde", 8, -1.482735, 19.71159},
        Toy{"dpmpp_2m_sde:solver_type=heun", 8, -1.437768, 20.12039},
        Toy{"dpmpp_3m_sde", 16, -1.034943, 6.61802}, Toy{"sa_solver", 8, -.785294, 25.79515},
        Toy{"dpmpp_2m:use_lu_lambdas=true", 8, -1.878449, 10.99546},
        Toy{"dpmpp_2m:use_exponential_sigmas=true", 8, -1.880122, 11.00526},
        Toy{"dpmpp_2m:use_beta_sigmas=true", 8, -1.389464, 8.13320},
        Toy{"deis", 8, -1.975234, 11.56199},
        Toy{"deis:use_karras_sigmas=true", 8, -1.967291, 11.51549},
        Toy{"lms", 8, -2.029193, 11.87783},
        Toy{"lms:use_karras_sigmas=true", 8, -1.973306, 11.55070},
        Toy{"euler", 8, -2.022134, 11.83650},
        Toy{"euler:use_karras_sigmas=true", 8, -2.03317, 11.90111},
        Toy{"euler:use_exponential_sigmas=true", 8, -2.087013, 12.21628},
        Toy{"euler:use_beta_sigmas=true", 8, -1.92211, 11.25102},
        Toy{"euler_a", 8, -1.974051, 20.79604}, Toy{"tcd:eta=0.3", 4, -2.993503, 17.42963},
        Toy{"tcd", 4, -2.120948, 12.41492}, Toy{"tcd:eta=1", 4, -1.588704, 12.54847},
        Toy{"ddim_inverse:clip_sample=false,steps_offset=1,set_alpha_to_one=false", 10, -.801754,
            4.69305},
        Toy{"ddim_inverse:clip_sample=false,steps_offset=1,set_alpha_to_one=false", 4, -.989598,
            5.79259},
        Toy{"edm_euler", 8, -.703497, 4.11790}, Toy{"edm_dpmpp_2m", 8, -1.098801, 6.43181},
        Toy{"euler:step_table=ays_sd1", 10, -2.03127, 11.88998},
        Toy{"dpmpp_2m:step_table=ays_sd1", 10, -2.009814, 11.76440},
        Toy{"dpmpp_sde:noise_sampler_seed=42", 8, -1.476596, 10.50702},
        Toy{"dpmpp_sde:noise_sampler_seed=42,use_karras_sigmas=true", 8, -1.388257, 14.59093},
        Toy{"dpmpp_2s_a", 8, -1.84581, 20.29239}, Toy{"dpmpp_2s_a:eta=0.5", 8, -2.87345, 21.37643}),
    [](const auto& test) {
      std::string name = test.param.solver + std::string("_") + std::to_string(test.param.steps);
      for (char& c : name)
        if (!std::isalnum(static_cast<unsigned char>(c))) c = '_';
      return name;
    });

}  // namespace
}  // namespace latentrt::sampling
