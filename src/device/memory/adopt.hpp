#pragma once
/// What a guest of an engine's process takes from it: a stream and memory of a GPU.

#include <c10/core/Device.h>
#include <c10/core/Stream.h>

#include <latentrt/context.hpp>
#include <memory>

#include "device/memory/memory_scope.hpp"

namespace latentrt::device {

/// The cudaStream_t as LibTorch names it; for null, its current stream of this thread. Throws Error: invalid_argument for a
/// stream that is not one of the device; unsupported in a build without CUDA.
c10::Stream adopt_stream(c10::Device device, void* stream);

/// Memory that the allocator hands out. Throws Error(unsupported) in a build without CUDA.
std::unique_ptr<AdoptedMemory> adopt_memory(c10::Device device, const DeviceAllocator& allocator);

}  // namespace latentrt::device
