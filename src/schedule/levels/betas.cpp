#include "schedule/levels/betas.hpp"

#include <algorithm>
#include <cmath>
#include <numbers>

#include "base/fail.hpp"
#include "schedule/named.hpp"

namespace latentrt::schedule {
namespace {

using Floats = std::vector<float>;

/// Evenly spaced in fp32, computed from both ends, each value rounded once: bit for bit LibTorch's
/// linspace on processors with fused multiply-add.
Floats spread(double first, double last, int count) {
  const float start = static_cast<float>(first), end = static_cast<float>(last);
  if (count == 1) return {start};
  const float step = (end - start) / static_cast<float>(count - 1);
  Floats values;
  for (int i = 0; i < count; ++i) {
    values.push_back(i < count / 2 ? std::fma(step, static_cast<float>(i), start)
                                   : std::fma(-step, static_cast<float>(count - 1 - i), end));
  }
  return values;
}

Floats linear(double start, double end, int count) { return spread(start, end, count); }

Floats scaled_linear(double start, double end, int count) {
  Floats betas = spread(std::sqrt(start), std::sqrt(end), count);
  for (float& beta : betas) beta *= beta;
  return betas;
}

/// The betas that leave `signal(u)` after the share u of the training timesteps.
template <class Signal>
Floats betas_of_signal(int count, Signal signal) {
  constexpr double kLargestBeta = 0.999;
  Floats betas;
  for (int i = 0; i < count; ++i) {
    const double kept = signal(double(i + 1) / count) / signal(double(i) / count);
    betas.push_back(static_cast<float>(std::min(1 - kept, kLargestBeta)));
  }
  return betas;
}

Floats squared_cosine(double, double, int count) {
  return betas_of_signal(count, [](double u) {
    constexpr double kOffset = 0.008;
    const double cosine = std::cos((u + kOffset) / (1 + kOffset) * std::numbers::pi / 2);
    return cosine * cosine;
  });
}

Floats exponential(double, double, int count) {
  return betas_of_signal(count, [](double u) { return std::exp(-12 * u); });
}

Floats sigmoid(double start, double end, int count) {
  Floats betas = spread(-6, 6, count);
  const float range = static_cast<float>(end - start);
  for (float& beta : betas) beta = 1 / (1 + std::exp(-beta)) * range + static_cast<float>(start);
  return betas;
}

using MakeBetas = Floats (*)(double start, double end, int count);
constexpr Named<MakeBetas> kBetaSchedules[] = {{"linear", linear},
                                               {"scaled_linear", scaled_linear},
                                               {"squaredcos_cap_v2", squared_cosine},
                                               {"sigmoid", sigmoid},
                                               {"exp", exponential}};

Floats make_betas(const Settings& settings) {
  const int count = settings.whole("num_train_timesteps");
  if (const auto given = settings.given_list("trained_betas")) {
    if (given->size() != static_cast<std::size_t>(count)) {
      fail(Code::invalid_argument,
           "{} option trained_betas has {} values for {} training timesteps", settings.owner(),
           given->size(), count);
    }
    return Floats(given->begin(), given->end());
  }
  const MakeBetas make = find_named(kBetaSchedules, settings.text("beta_schedule"));
  return make(settings.number("beta_start"), settings.number("beta_end"), count);
}

/// The running product is kept in double and rounded at every timestep.
Floats cumulative_signal(const Floats& betas) {
  Floats alphas_cumprod;
  double product = 1;
  for (const float beta : betas) {
    product *= 1.0f - beta;
    alphas_cumprod.push_back(static_cast<float>(product));
  }
  return alphas_cumprod;
}

/// Shifts and scales sqrt(alphas_cumprod) so that the last one becomes 0 and the first one stays.
Floats rescaled_to_zero_terminal_snr(const Floats& betas, Roots roots) {
  Floats signal = cumulative_signal(betas);
  take_roots(signal, roots);
  const float first = signal.front(), last = signal.back();
  const float scale = first / (first - last);
  for (float& value : signal) {
    value = (value - last) * scale;
    value *= value;
  }
  Floats rescaled = {1.0f - signal.front()};
  for (std::size_t t = 1; t < signal.size(); ++t)
    rescaled.push_back(1.0f - signal[t] / signal[t - 1]);
  return rescaled;
}

}  // namespace

Floats alphas_cumprod(const Settings& settings, bool zero_terminal_snr, Roots roots) {
  const Floats betas = make_betas(settings);
  return cumulative_signal(zero_terminal_snr ? rescaled_to_zero_terminal_snr(betas, roots) : betas);
}

void take_roots(Floats& values, Roots roots) {
  if (roots) return roots(values);
  for (float& value : values) value = std::sqrt(value);
}

}  // namespace latentrt::schedule
