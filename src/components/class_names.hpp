#pragma once
/// Names of a model's classes.

#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

#include "io/json.hpp"

namespace latentrt::pipeline {

/// Classes of a class-conditional model.
struct Classes {
  std::int64_t count = 0;
  bool has_none = false;  ///< whether there is one more class, the last, that means any class
  std::vector<std::string> names{};  ///< one per class, or empty
};

/// "id2label" of a configuration: for each class, the text before the first comma; empty if the key
/// is absent. Throws Error(invalid_argument) that names the file unless every class is named by its
/// index exactly once.
std::vector<std::string> read_class_names(const io::Config& config, std::int64_t classes);

/// The index of a class, given by its index or its name in any case. Throws Error(invalid_argument)
/// that says how many classes there are, or lists similar names.
std::int64_t find_class_label(const Classes& classes, std::string_view text);

/// Throws Error(invalid_argument) for an index that no class has.
void check_class_label(const Classes& classes, std::int64_t label);

/// The index of the null class. Throws Error(unsupported) if it is needed and there is none.
std::int64_t none_of(const Classes& classes, bool needed);

}  // namespace latentrt::pipeline
