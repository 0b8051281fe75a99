#pragma once
/// DeepCache (Ma, Fang and Wang 2024): on most network calls only the rim of the UNet runs, and what its deep part last
/// gave stands in for it.

#include <latentrt/spec.hpp>
#include <memory>
#include <optional>
#include <string>

#include "accel/deep_cache/branches.hpp"
#include "accel/deep_cache/refresh.hpp"
#include "sampling/plan.hpp"

namespace latentrt::accel {

struct DeepCacheOptions {
  std::string branch = "1";     ///< the paper's number or a value's name
  int interval = 3;             ///< 1 runs the whole network on every call
  bool interval_given = false;  ///< and is obeyed even where few calls make it unwise
  std::string schedule = "uniform";
  double center = 15, power = 1.4;  ///< of schedule "quad"
  std::vector<int> refreshes;  ///< of schedule "list": the calls on which the whole network runs
  int order = 0;               ///< 0 reuses the kept value, 1 and 2 extrapolate it
  std::optional<double>
      adaptive;               ///< instead of a schedule: how far the skip may move before a refresh
  int max_age = 5;            ///< and how many calls may go by without one
  int warm_up = 0, tail = 0;  ///< first and last calls on which the whole network always runs

  /// Throws Error(invalid_argument) that names key and value.
  static DeepCacheOptions from(const Spec& spec);
};

class DeepCache final : public sampling::Accelerator {
 public:
  explicit DeepCache(DeepCacheOptions options) : options_(std::move(options)) {}

  std::string_view name() const override { return "deepcache"; }
  sampling::Axis axis() const override { return sampling::Axis::depth; }
  void contribute(sampling::PlanBuilder& plan) const override;

 private:
  struct Pair {
    sampling::VariantId full, shallow;
  };

  RefreshMask mask(int calls) const;
  void contribute_schedule(sampling::PlanBuilder& plan, const Branch& branch) const;
  void contribute_adaptive(sampling::PlanBuilder& plan, const Branch& branch) const;
  Pair add_pair(sampling::PlanBuilder& plan, const Branch& branch) const;

  DeepCacheOptions options_;
};

}  // namespace latentrt::accel
