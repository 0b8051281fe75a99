#pragma once
/// Converts LibTorch's exceptions to the library's own.

#include <c10/util/Exception.h>

#include <exception>
#include <latentrt/error.hpp>
#include <new>
#include <string_view>
#include <utility>

#include "base/fail.hpp"
#include "device/memory/memory_watch.hpp"

namespace latentrt {

namespace device {

/// Throw the Error for an exception of LibTorch, or of a library that it uses.
[[noreturn]] void fail_of_cuda(std::string_view where, const c10::AcceleratorError& error);
[[noreturn]] void fail_of_torch(std::string_view where, const c10::Error& error);

}  // namespace device

/// Runs `work` and returns its result. Exhausted memory becomes Error(out_of_memory), a lost GPU
/// Error(device_lost), any other exception of LibTorch or a library that it uses Error(internal);
/// the sentence begins with `where`.
template <class Work>
decltype(auto) translate_errors(std::string_view where, Work&& work) {
  try {
    return std::forward<Work>(work)();
  } catch (const c10::OutOfMemoryError&) {
    fail(Code::out_of_memory, "{}: {}", where, device::exhausted_memory(device::take_shortage()));
  } catch (const std::bad_alloc&) {
    fail(Code::out_of_memory, "{}: host memory is exhausted", where);
  } catch (const c10::AcceleratorError& error) {
    device::fail_of_cuda(where, error);
  } catch (const c10::Error& error) {
    device::fail_of_torch(where, error);
  } catch (const Error&) {
    throw;
  } catch (const std::exception& error) {  // from oneDNN
    fail(Code::internal, "{}: {}", where, error.what());
  }
}

}  // namespace latentrt
