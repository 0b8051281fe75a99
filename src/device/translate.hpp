#pragma once
/// The border at which LibTorch's exceptions become the library's own.

#include <c10/util/Exception.h>

#include <exception>
#include <latentrt/error.hpp>
#include <new>
#include <string_view>
#include <utility>

#include "base/fail.hpp"

namespace latentrt {

/// Runs `work` and returns its result. Memory that ran out becomes Error(out_of_memory), anything else that LibTorch
/// or a library under it throws Error(internal); `where` starts the sentence.
template <class Work>
decltype(auto) translate_errors(std::string_view where, Work&& work) {
  try {
    return std::forward<Work>(work)();
  } catch (const c10::OutOfMemoryError&) {
    fail(Code::out_of_memory, "{}: device memory is exhausted", where);
  } catch (const std::bad_alloc&) {
    fail(Code::out_of_memory, "{}: host memory is exhausted", where);
  } catch (const c10::Error& error) {
    // LibTorch's allocator on the host reports exhaustion as a plain error; its words are the only sign.
    const std::string_view reason = error.what_without_backtrace();
    const bool memory = reason.find("DefaultCPUAllocator") != std::string_view::npos;
    fail(memory ? Code::out_of_memory : Code::internal, "{}: {}", where,
         memory ? "host memory is exhausted" : reason);
  } catch (const Error&) {
    throw;
  } catch (const std::exception& error) {  // oneDNN's own
    fail(Code::internal, "{}: {}", where, error.what());
  }
}

}  // namespace latentrt
