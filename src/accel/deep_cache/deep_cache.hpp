#pragma once
/// DeepCache (Ma, Fang and Wang 2024): on most network calls only the rim of the UNet runs, and what its deep part last
/// gave stands in for it.

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
  bool interval_given = false;  ///< and is obeyed even where few calls make it unwise
  std::string schedule = "uniform";
  double center = 15, power = 1.4;  ///< of schedule "quad"
  std::vector<int> refreshes;  ///< of schedule "list": the calls on which the whole network runs
  int order = 0;               ///< 0 reuses the kept value, 1 and 2 extrapolate it
  std::optional<double>
      adaptive;     ///< instead of a schedule: how far off the kept value may be before a refresh
  int max_age = 5;  ///< and how many calls may go by without one
  int warm_up = 0, tail = 0;  ///< first and last calls on which the whole network always runs

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
