#pragma once
/// Accelerators by name. The list is generated from the folders of src/accel.

#include <functional>
#include <latentrt/accelerator.hpp>
#include <latentrt/spec.hpp>
#include <string>
#include <vector>

#include "base/settings.hpp"

namespace latentrt::accel {

/// An accelerator by name: the options of its spec, and the function that makes it.
struct AcceleratorKind {
  std::string name;
  std::string help;  ///< one sentence, without a full stop
  std::vector<OptionSpec> options;
  /// Makes one accelerator, or several on different axes, from checked values of the options.
  /// Throws Error(invalid_argument) for values that contradict each other.
  std::function<std::vector<AcceleratorPtr>(const Settings&)> make;
};

class Registry {
 public:
  void add(AcceleratorKind kind);
  /// Sorted by name.
  const std::vector<AcceleratorKind>& kinds() const noexcept { return kinds_; }
  std::vector<std::string> names() const;
  /// Throws Error(invalid_argument) for a name, key or value that does not exist; the sentence
  /// lists those that do.
  std::vector<AcceleratorPtr> make(const Spec& spec) const;

 private:
  std::vector<AcceleratorKind> kinds_;
};

/// Generated: calls register_<folder>(registry) for every folder of src/accel.
void register_all(Registry& registry);

/// All accelerators of this build.
Registry make_registry();

/// The accelerators that were chosen by name, followed by the caller's own. Throws
/// Error(invalid_argument).
std::vector<AcceleratorPtr> make_accelerators(const std::vector<AcceleratorChoice>& choices);

}  // namespace latentrt::accel
