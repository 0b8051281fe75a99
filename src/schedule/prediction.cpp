#include "schedule/prediction.hpp"

#include <cmath>

#include "schedule/named.hpp"

namespace latentrt::schedule {
namespace {

Prediction from_epsilon(double alpha, double sigma) {
  return {.x0 = {1 / alpha, -sigma / alpha}, .epsilon = {0, 1}};
}

Prediction from_sample(double alpha, double sigma) {
  return {.x0 = {0, 1}, .epsilon = {1 / sigma, -alpha / sigma}};
}

Prediction from_velocity(double alpha, double sigma) {
  return {.x0 = {alpha, -sigma}, .epsilon = {sigma, alpha}};
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

Step make_step(double timestep, const Linear& x0, double clip) {
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
}

void push(Step& step, const Linear& map) {
  step.pushes = true;
  step.push_sample = map.sample;
  step.push_output = map.output;
}

}  // namespace latentrt::schedule
