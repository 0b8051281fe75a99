#pragma once
/// `NAME[:key=value,...]`: how schedules and accelerators are named on a command line and in code.

#include <latentrt/api.hpp>
#include <map>
#include <string>
#include <string_view>

namespace latentrt {

/// A name with options, for example "ddim:eta=0.5". Lists inside a value are separated by '/'.
struct LATENTRT_API Spec {
  std::string name;
  std::map<std::string, std::string> options;

  /// The name is put into lower case. Throws Error(invalid_argument) for another form, or a key that is repeated.
  static Spec parse(std::string_view text);
  std::string to_string() const;
};

}  // namespace latentrt
