#pragma once
/// Patch parallelism: each rank computes a band of rows of the picture and sees the rest as it was a call ago
/// (DistriFusion, Li et al. 2024; PCPP, Zhang et al. 2024), or as it is.

#include <latentrt/accelerator.hpp>
#include <vector>

#include "accel/patch_parallel/options.hpp"
#include "base/settings.hpp"

namespace latentrt::accel {

struct PatchSpec {
  PatchOptions options;
  CfgSplit cfg_split = CfgSplit::off;
  int ranks = 1;                ///< simulated on this device
  bool asks_for_stale = false;  ///< by name, not as what holds where nothing is said

  /// Throws Error(invalid_argument) for options that exclude each other.
  static PatchSpec from(const Settings& settings);

  bool operator==(const PatchSpec&) const = default;
};

/// What a spec "patch:..." may say.
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
