#include "schedule/levels/sigmas.hpp"

#include <algorithm>
#include <cmath>

#include "base/fail.hpp"
#include "schedule/levels/beta_quantiles.hpp"
#include "schedule/levels/betas.hpp"
#include "schedule/levels/spacing.hpp"
#include "schedule/named.hpp"

namespace latentrt::schedule {
namespace {

std::vector<double> karras_sigmas(double largest, double smallest, int steps) {
  constexpr double kRho = 7;
  const double first = std::pow(largest, 1 / kRho), last = std::pow(smallest, 1 / kRho);
  std::vector<double> sigmas = linspace(0, 1, steps);
  for (double& sigma : sigmas) sigma = std::pow(first + sigma * (last - first), kRho);
  return sigmas;
}

/// The logarithms of the ends are fp32 values, like those of the table: the first sigma is then bit
/// for bit that of the last timestep, and not slightly below it.
std::vector<double> lu_sigmas(double largest, double smallest, int steps) {
  const auto log_of = [](double sigma) { return std::log(static_cast<float>(sigma)); };
  std::vector<double> sigmas = linspace(log_of(largest), log_of(smallest), steps);
  for (double& sigma : sigmas) sigma = std::exp(sigma);
  return sigmas;
}

std::vector<double> exponential_sigmas(double largest, double smallest, int steps) {
  std::vector<double> sigmas = linspace(std::log(largest), std::log(smallest), steps);
  for (double& sigma : sigmas) sigma = std::exp(sigma);
  return sigmas;
}

std::vector<double> beta_sigmas(double largest, double smallest, int steps) {
  constexpr double kShape = 0.6;
  std::vector<double> sigmas = linspace(0, 1, steps);
  for (double& sigma : sigmas)
    sigma = smallest + symmetric_beta_quantile(kShape, 1 - sigma) * (largest - smallest);
  return sigmas;
}

constexpr Named<Respacing> kRespacings[] = {{"use_karras_sigmas", Respacing::karras},
                                            {"use_exponential_sigmas", Respacing::exponential},
                                            {"use_beta_sigmas", Respacing::beta},
                                            {"use_lu_lambdas", Respacing::lu}};

}  // namespace

SigmaTable::SigmaTable(const Settings& settings, Roots roots) {
  const bool zero_terminal_snr = settings.is_on("rescale_betas_zero_snr");
  std::vector<float> signal = alphas_cumprod(settings, zero_terminal_snr, roots);
  if (zero_terminal_snr) signal.back() = kLeastSignal;
  for (const float abar : signal) sigmas_.push_back((1.0f - abar) / abar);
  take_roots(sigmas_, roots);
}

double SigmaTable::at(double timestep) const {
  const double last = size() - 1;
  if (timestep <= 0) return smallest();
  if (timestep >= last) return largest();
  const auto low = static_cast<std::size_t>(timestep);
  const double slope = double(sigmas_[low + 1]) - double(sigmas_[low]);
  return slope * (timestep - static_cast<double>(low)) + double(sigmas_[low]);
}

double SigmaTable::timestep_of(double sigma) const {
  if (size() == 1) return 0;
  const double log_sigma = std::log(sigma);
  const auto above =
      std::upper_bound(sigmas_.begin(), sigmas_.end(), log_sigma,
                       [](double value, float entry) { return value < double(std::log(entry)); });
  const auto low = std::clamp<std::ptrdiff_t>(above - sigmas_.begin() - 1, 0, size() - 2);
  const float log_low = std::log(sigmas_[static_cast<std::size_t>(low)]);
  const float log_high = std::log(sigmas_[static_cast<std::size_t>(low + 1)]);
  const double weight =
      std::clamp((double(log_low) - log_sigma) / double(log_low - log_high), 0.0, 1.0);
  return (1 - weight) * static_cast<double>(low) + weight * static_cast<double>(low + 1);
}

Respacing respacing_of(const Settings& settings) {
  const Named<Respacing>* found = nullptr;
  for (const Named<Respacing>& entry : kRespacings) {
    if (!settings.is_on(entry.name)) continue;
    if (found) {
      fail(Code::invalid_argument, "{} options {} and {} exclude each other", settings.owner(),
           found->name, entry.name);
    }
    found = &entry;
  }
  return found ? found->value : Respacing::none;
}

Respacing respacing_for(const Settings& settings, const Run& run) {
  const Respacing respacing = respacing_of(settings);
  if (respacing != Respacing::none && !run.timesteps.empty()) {
    fail(Code::invalid_argument,
         "{} with respaced sigmas (Karras, exponential or beta) takes no timesteps",
         settings.owner());
  }
  return respacing;
}

std::vector<double> respaced_sigmas(Respacing respacing, const Settings& settings, double smallest,
                                    double largest, int steps) {
  const double from = settings.given_number("sigma_max").value_or(largest);
  const double to = settings.given_number("sigma_min").value_or(smallest);
  if (steps > 1 && !(from >= to)) {
    fail(Code::invalid_argument,
         "{} cannot go from sigma {} down to sigma {}; see sigma_max and sigma_min",
         settings.owner(), from, to);
  }
  return respaced_between(respacing, to, from, steps);
}

std::vector<double> respaced_between(Respacing respacing, double smallest, double largest,
                                     int steps) {
  if (respacing == Respacing::karras) return karras_sigmas(largest, smallest, steps);
  if (respacing == Respacing::lu) return lu_sigmas(largest, smallest, steps);
  if (respacing == Respacing::beta) return beta_sigmas(largest, smallest, steps);
  return exponential_sigmas(largest, smallest, steps);
}

std::vector<double> finished_sigmas(const std::vector<double>& sigmas, double last) {
  std::vector<double> finished;
  for (const double sigma : sigmas) finished.push_back(static_cast<float>(sigma));
  finished.push_back(last);
  return finished;
}

double final_sigma(const Settings& settings, const SigmaTable& table) {
  const bool ends_noisy =
      settings.has("final_sigmas_type") && settings.text("final_sigmas_type") == "sigma_min";
  return ends_noisy ? table.smallest() : 0;
}

}  // namespace latentrt::schedule
