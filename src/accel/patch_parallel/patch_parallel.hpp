#pragma once
/// Patch parallelism: each rank computes a band of rows of the picture and uses the values of the
/// rest from the previous call (DistriFusion, Li et al. 2024; PCPP, Zhang et al. 2024), or from the
/// same call.

#include <latentrt/accelerator.hpp>
#include <vector>

#include "accel/patch_parallel/options.hpp"
#include "base/settings.hpp"

namespace latentrt::accel {

struct PatchSpec {
  PatchOptions options;
  CfgSplit cfg_split = CfgSplit::off;
  int ranks = 1;                ///< simulated on this device
  bool asks_for_stale = false;  ///< explicitly, rather than by default

  /// Throws Error(invalid_argument) for options that exclude each other.
  static PatchSpec from(const Settings& settings);

  bool operator==(const PatchSpec&) const = default;
};

/// The options of a spec "patch:...".
std::vector<OptionSpec> patch_options();

class PatchParallel final : public Accelerator {
 public:
  explicit PatchParallel(PatchSpec spec) : spec_(spec) {}

  std::string_view name() const override { return "patch"; }
  Axis axis() const override { return Axis::space; }
  void contribute(PlanBuilder& plan) const override;

 private:
  PatchSpec spec_;
};

}  // namespace latentrt::accel
