#pragma once
/// DeepCache (Ma, Fang and Wang 2024): most network calls run only the outer part of the UNet, and
/// reuse or extrapolate the last output of its deep part.

#include <latentrt/accelerator.hpp>
#include <memory>
#include <optional>
#include <string>

#include "accel/deep_cache/refresh.hpp"
#include "base/settings.hpp"

namespace latentrt::accel {

struct DeepCacheOptions {
  std::string branch = "1";     ///< the paper's number, a value's name, "rim" or "inside"
  int interval = 3;             ///< 1 runs the whole network on every call
  bool interval_given = false;  ///< an explicit interval is used even if there are few calls
  std::string schedule = "uniform";
  double center = 15, power = 1.4;  ///< of schedule "quad"
  std::vector<int> refreshes;       ///< for schedule "list": the calls that run the whole network
  int order = 0;                    ///< 0 reuses the kept value, 1 and 2 extrapolate it
  /// instead of a schedule: the estimated relative error of the kept value that causes a refresh
  std::optional<double> adaptive;
  int max_age = 5;            ///< largest number of consecutive calls without a refresh
  int warm_up = 0, tail = 0;  ///< first and last calls, which always run the whole network

  /// Throws Error(invalid_argument) for options that exclude each other.
  static DeepCacheOptions from(const Settings& settings);

  bool operator==(const DeepCacheOptions&) const = default;
};

class DeepCache final : public Accelerator {
 public:
  explicit DeepCache(DeepCacheOptions options) : options_(std::move(options)) {}

  std::string_view name() const override { return "deepcache"; }
  Axis axis() const override { return Axis::depth; }
  void contribute(PlanBuilder& plan) const override;

 private:
  struct Pair {
    VariantId full, shallow;
    SlotId slot;
  };

  RefreshMask mask(int calls) const;
  void contribute_schedule(PlanBuilder& plan, const SkipConnection& branch) const;
  void contribute_adaptive(PlanBuilder& plan, const SkipConnection& branch) const;
  Pair add_pair(PlanBuilder& plan, const SkipConnection& branch) const;

  DeepCacheOptions options_;
};

}  // namespace latentrt::accel
