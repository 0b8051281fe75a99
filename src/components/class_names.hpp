#pragma once
/// Names of a model's classes.

#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

#include "io/json.hpp"

namespace latentrt::pipeline {

/// Classes of a model that makes pictures of them.
struct Classes {
  std::int64_t count = 0;
  bool has_none = false;             ///< a further one, the last, means pictures of any class
  std::vector<std::string> names{};  ///< one a class, or none at all
};

/// "id2label" of a configuration: for each class, the text before the first comma; empty where it
/// is not there. Throws Error(invalid_argument) that names the file unless it names each of the
/// classes, by its number, once.
std::vector<std::string> read_class_names(const io::Config& config, std::int64_t classes);

/// The number of a class, by its number or name, whatever its case. Throws Error(invalid_argument)
/// that says how many there are, or lists similar names.
std::int64_t find_class_label(const Classes& classes, std::string_view text);

/// Throws Error(invalid_argument) for a number that no class has.
void check_class_label(const Classes& classes, std::int64_t label);

/// The number that means no class. Throws Error(unsupported) where it is needed and there is
/// none.
std::int64_t none_of(const Classes& classes, bool needed);

}  // namespace latentrt::pipeline
