#pragma once
/// The plug: what an accelerator is to the rest of the engine.

#include <memory>
#include <string_view>

#include "sampling/axis.hpp"

namespace latentrt::sampling {

class PlanBuilder;

/// A strategy on one axis. Stateless: everything mutable is declared as a slot and lives in the Session.
class Accelerator {
 public:
  virtual ~Accelerator() = default;
  virtual std::string_view name() const = 0;
  virtual Axis axis() const = 0;
  /// Adds variants, slots and the step table. Throws Error(invalid_argument) with the reason when it cannot work.
  virtual void contribute(PlanBuilder& plan) const = 0;
};

using AcceleratorPtr = std::shared_ptr<const Accelerator>;

}  // namespace latentrt::sampling
