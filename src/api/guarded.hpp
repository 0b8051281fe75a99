#pragma once
/// Common part of all functions of the C interface: no exception passes through a C caller, and a
/// caller's structures may be older than this library.

#include <latentrt/latentrt.h>

#include <cstddef>
#include <cstring>
#include <string>
#include <utility>

namespace latentrt::api {

/// The status for the exception that is being handled; its sentence becomes lrt_last_error().
lrt_status failed() noexcept;

/// Returns what `work` returns, or the status for its exception.
template <class Work>
lrt_status guarded(Work&& work) noexcept {
  try {
    return std::forward<Work>(work)();
  } catch (...) {
    return failed();
  }
}

inline std::string text_or(const char* text, const char* fallback) {
  return text == nullptr ? fallback : text;
}

/// Throws Error(invalid_argument) if `pointer` is null.
void require(const void* pointer, const char* name);

/// Throws Error(invalid_argument) unless a structure of this library can have `given` bytes.
void check_size(std::size_t given, std::size_t full, const char* name);

/// A copy of a caller's structure, which may be older and shorter than this library's: missing
/// fields are 0.
template <class Struct>
Struct completed(const Struct* given, const char* name) {
  require(given, name);
  check_size(given->size, sizeof(Struct), name);
  Struct full{};
  std::memcpy(&full, given, given->size);
  return full;
}

}  // namespace latentrt::api
