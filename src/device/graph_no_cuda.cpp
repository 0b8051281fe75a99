#include "base/fail.hpp"
#include "device/graph.hpp"

namespace latentrt::device {

bool can_record(c10::Device) noexcept { return false; }

std::unique_ptr<Graph> record(c10::Device device, const std::function<void()>&) {
  fail(Code::unsupported, "work of {} cannot be recorded: this is a build without CUDA",
       device.str());
}

}  // namespace latentrt::device
