#pragma once
/// `NAME[:key=value,...]`: the form in which schedules and accelerators are selected on a command
/// line and in code.

#include <latentrt/api.hpp>
#include <map>
#include <string>
#include <string_view>

namespace latentrt {

/// A name with options, for example "ddim:eta=0.5". Lists inside a value are separated by '/'.
struct LATENTRT_API Spec {
  std::string name;
  std::map<std::string, std::string> options;

  /// Converts the name to lower case. Throws Error(invalid_argument) for another form, or a
  /// repeated key.
  static Spec parse(std::string_view text);
  std::string to_string() const;
};

}  // namespace latentrt
