#include "api/guarded.hpp"

#include <array>
#include <cstdio>
#include <exception>
#include <latentrt/error.hpp>
#include <new>

#include "base/fail.hpp"

namespace latentrt::api {
namespace {

/// An array, because a destructor of each thread that saw an error would keep the library loaded.
std::array<char, 4096>& last_error() {
  thread_local constinit std::array<char, 4096> text{};
  return text;
}

lrt_status status_of(Code code) {
  switch (code) {
    case Code::invalid_argument:
      return LRT_INVALID_ARGUMENT;
    case Code::not_found:
      return LRT_NOT_FOUND;
    case Code::bad_file:
    case Code::unsafe_file:
      return LRT_BAD_FILE;
    case Code::unsupported:
      return LRT_UNSUPPORTED;
    case Code::out_of_memory:
      return LRT_OUT_OF_MEMORY;
    case Code::device_lost:
      return LRT_DEVICE_LOST;
    case Code::cancelled:
      return LRT_CANCELLED;
    default:
      return LRT_FAILED;
  }
}

lrt_status failed(lrt_status status, const char* why) noexcept {
  std::snprintf(last_error().data(), last_error().size(), "%s", why);
  return status;
}

}  // namespace

lrt_status failed() noexcept {
  try {
    throw;
  } catch (const Error& error) {
    return failed(status_of(error.code()), error.what());
  } catch (const std::bad_alloc&) {
    return failed(LRT_OUT_OF_MEMORY, "host memory is exhausted");
  } catch (const std::exception& error) {
    return failed(LRT_FAILED, error.what());
  } catch (...) {
    return failed(LRT_FAILED, "an exception of an unknown type was thrown");
  }
}

void require(const void* pointer, const char* name) {
  if (pointer == nullptr) fail(Code::invalid_argument, "{} is NULL", name);
}

void check_size(std::size_t given, std::size_t full, const char* name) {
  if (given >= sizeof(std::size_t) && given <= full) return;
  fail(Code::invalid_argument, "{}.size is {}; this library's structure has {} bytes", name, given,
       full);
}

}  // namespace latentrt::api

const char* lrt_last_error() { return latentrt::api::last_error().data(); }

const char* lrt_version() { return LATENTRT_VERSION; }
