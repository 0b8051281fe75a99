#pragma once
/// Operators of LibTorch that have no C++ function: they are called through their schemas.

#include <ATen/core/dispatch/Dispatcher.h>

namespace latentrt::nn {

/// Throws c10::Error if this LibTorch has no such operator, or one with other arguments.
template <class Function>
c10::TypedOperatorHandle<Function> torch_operator(const char* name, const char* overload = "") {
  return c10::Dispatcher::singleton().findSchemaOrThrow(name, overload).typed<Function>();
}

}  // namespace latentrt::nn
