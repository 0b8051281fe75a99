#pragma once
/// Small constant tables of things with names.

#include <cstddef>
#include <string_view>

#include "base/fail.hpp"

namespace latentrt::schedule {

template <class T>
struct Named {
  std::string_view name;
  T value;
};

/// The entry of that name. Names are checked before they come here, so a missing one is a defect.
template <class T, std::size_t kCount>
const T& find_named(const Named<T> (&table)[kCount], std::string_view name) {
  for (const Named<T>& entry : table) {
    if (entry.name == name) return entry.value;
  }
  fail(Code::internal, "no table entry is called \"{}\"", name);
}

}  // namespace latentrt::schedule
