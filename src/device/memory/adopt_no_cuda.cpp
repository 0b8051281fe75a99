#include "base/fail.hpp"
#include "device/memory/adopt.hpp"

namespace latentrt::device {

c10::Stream adopt_stream(c10::Device device, void*) {
  fail(Code::unsupported, "a stream of {} cannot be used: this is a build without CUDA",
       device.str());
}

std::unique_ptr<AdoptedMemory> adopt_memory(c10::Device device, const DeviceAllocator&) {
  fail(Code::unsupported, "memory of {} cannot be used: this is a build without CUDA",
       device.str());
}

}  // namespace latentrt::device
