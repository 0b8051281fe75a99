#include "schedule/prediction.hpp"

#include <cmath>

#include "schedule/named.hpp"

namespace latentrt::schedule {
namespace {

Prediction from_epsilon(double alpha, double sigma) {
  return {.x0 = {.sample = 1 / alpha, .output = -sigma / alpha}, .epsilon = {.output = 1}};
}

Prediction from_sample(double alpha, double sigma) {
  return {.x0 = {.output = 1}, .epsilon = {.sample = 1 / sigma, .output = -alpha / sigma}};
}

Prediction from_velocity(double alpha, double sigma) {
  return {.x0 = {.sample = alpha, .output = -sigma}, .epsilon = {.sample = sigma, .output = alpha}};
}

using Predict = Prediction (*)(double alpha, double sigma);
constexpr Named<Predict> kPredictions[] = {{"epsilon", from_epsilon},
                                           {"sample", from_sample},
                                           {"original_sample", from_sample},
                                           {"v_prediction", from_velocity}};

}  // namespace

Prediction predict(std::string_view prediction_type, double alpha, double sigma) {
  return find_named(kPredictions, prediction_type)(alpha, sigma);
}

Prediction predict_unscaled(std::string_view prediction_type, double sigma) {
  const double alpha = 1 / std::sqrt(sigma * sigma + 1);
  Prediction prediction = predict(prediction_type, alpha, sigma * alpha);
  prediction.x0.sample *= alpha;
  prediction.epsilon.sample *= alpha;
  return prediction;
}

Prediction from_own_estimate(double alpha, double sigma) {
  return {.x0 = {.x0 = 1}, .epsilon = {.sample = 1 / sigma, .x0 = -alpha / sigma}};
}

Step make_step(double timestep, const Linear& x0, const Clip& clip) {
  Step step;
  step.timestep = timestep;
  step.x0_from_sample = x0.sample;
  step.x0_from_output = x0.output;
  step.clip = clip;
  return step;
}

void add_to_next(Step& step, double weight, const Linear& map) {
  step.sample_weight += weight * map.sample;
  step.output_weight += weight * map.output;
  step.x0_weight += weight * map.x0;
}

void push(Step& step, const Linear& map) {
  step.pushes = true;
  step.push_sample = map.sample;
  step.push_output = map.output;
  step.push_x0 = map.x0;
}

}  // namespace latentrt::schedule
