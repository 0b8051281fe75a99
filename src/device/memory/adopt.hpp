#pragma once
/// Uses a stream and GPU memory of the host application.

#include <c10/core/Device.h>
#include <c10/core/Stream.h>

#include <latentrt/context.hpp>
#include <memory>

#include "device/memory/memory_scope.hpp"

namespace latentrt::device {

/// The cudaStream_t as a LibTorch stream; for null, LibTorch's current stream of this thread.
/// Throws Error: invalid_argument for a stream of another device; unsupported in a build without
/// CUDA.
c10::Stream adopt_stream(c10::Device device, void* stream);

/// Memory from the caller's allocator. Throws Error(unsupported) in a build without CUDA.
std::unique_ptr<AdoptedMemory> adopt_memory(c10::Device device, const DeviceAllocator& allocator);

}  // namespace latentrt::device
