#pragma once
/// Accelerators by name. The list is generated from the folders of src/accel.

#include <functional>
#include <latentrt/spec.hpp>
#include <map>
#include <string>
#include <vector>

#include <latentrt/accelerator.hpp>

namespace latentrt::accel {

/// Makes the accelerators that one spec stands for (one, or several on different axes). Throws
/// Error(invalid_argument) for a key or value that it does not know; the sentence lists the valid keys.
using Factory = std::function<std::vector<AcceleratorPtr>(const Spec&)>;

class Registry {
 public:
  void add(std::string name, Factory factory);
  std::vector<std::string> names() const;
  /// Throws Error(invalid_argument) that lists the known names.
  std::vector<AcceleratorPtr> make(const Spec& spec) const;

 private:
  std::map<std::string, Factory> factories_;
};

/// Generated: calls register_<folder>(registry) for every folder of src/accel.
void register_all(Registry& registry);

/// All accelerators of this build.
Registry make_registry();

/// What was chosen by name, and what callers brought themselves. Throws Error(invalid_argument).
std::vector<AcceleratorPtr> make_accelerators(const std::vector<AcceleratorChoice>& choices);

}  // namespace latentrt::accel
