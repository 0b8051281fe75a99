#pragma once
/// Lookup in small constant tables by name.

#include <cstddef>
#include <string_view>

#include "base/fail.hpp"

namespace latentrt::schedule {

template <class T>
struct Named {
  std::string_view name;
  T value;
};

/// The entry with that name. Names are checked earlier, so a missing one is a bug.
template <class T, std::size_t kCount>
const T& find_named(const Named<T> (&table)[kCount], std::string_view name) {
  for (const Named<T>& entry : table) {
    if (entry.name == name) return entry.value;
  }
  fail(Code::internal, "no table entry is called \"{}\"", name);
}

}  // namespace latentrt::schedule
