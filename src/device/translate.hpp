#pragma once
/// The border at which LibTorch's exceptions become the library's own.

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

/// Throw the Error for what LibTorch, or a library under it, says.
[[noreturn]] void fail_of_cuda(std::string_view where, const c10::AcceleratorError& error);
[[noreturn]] void fail_of_torch(std::string_view where, const c10::Error& error);

}  // namespace device

/// Runs `work` and returns its result. Memory that ran out becomes Error(out_of_memory), a GPU that gave up on the process
/// Error(device_lost), anything else that LibTorch or a library under it throws Error(internal); `where` starts the sentence.
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
  } catch (const std::exception& error) {  // oneDNN's own
    fail(Code::internal, "{}: {}", where, error.what());
  }
}

}  // namespace latentrt
