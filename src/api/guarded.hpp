#pragma once
/// What every function of the C interface needs: no exception passes a C caller, and a caller's structures may be older
/// than this library.

#include <latentrt/latentrt.h>

#include <cstddef>
#include <cstring>
#include <utility>

namespace latentrt::api {

/// The status of the exception that is being handled; its sentence becomes lrt_last_error().
lrt_status failed() noexcept;

/// What `work` returns, or the status of what it throws.
template <class Work>
lrt_status guarded(Work&& work) noexcept {
  try {
    return std::forward<Work>(work)();
  } catch (...) {
    return failed();
  }
}

/// Throws Error(invalid_argument) when `pointer` is null.
void require(const void* pointer, const char* name);

/// Throws Error(invalid_argument) unless a structure of this library can be `given` bytes long.
void check_size(std::size_t given, std::size_t full, const char* name);

/// A caller's structure, which may be older and shorter than this library's: what it lacks is 0.
template <class Struct>
Struct completed(const Struct* given, const char* name) {
  require(given, name);
  check_size(given->size, sizeof(Struct), name);
  Struct full{};
  std::memcpy(&full, given, given->size);
  return full;
}

}  // namespace latentrt::api
