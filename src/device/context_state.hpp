#pragma once
/// The implementation of a Context.

#include <ATen/core/Tensor.h>
#include <c10/core/Stream.h>

#include <latentrt/context.hpp>
#include <memory>
#include <string>

#include "device/health.hpp"
#include "device/memory/memory_scope.hpp"

namespace latentrt {

struct Context::State {
  std::string name = "cpu";
  c10::Stream stream{c10::Stream::DEFAULT, at::kCPU};  ///< on which all work is enqueued
  std::unique_ptr<device::AdoptedMemory> memory{};     ///< the caller's, or null
  mutable device::Health health{};

  at::Device device() const { return stream.device(); }
};

namespace device {

/// "cpu", "cuda" or "cuda:1". Throws Error: invalid_argument for another name, unsupported for a
/// GPU that does not exist or cannot be used.
at::Device parse_device(const std::string& name);

}  // namespace device
}  // namespace latentrt
