#include "base/fail.hpp"
#include "device/convolution_plan.hpp"

namespace latentrt::device {

bool can_plan_convolutions() noexcept { return false; }

std::unique_ptr<ConvolutionPlan> plan_convolution(const ConvolutionShape&, const std::string&) {
  fail(Code::unsupported, "cuDNN was asked to convolve, but this build has none");
}

}  // namespace latentrt::device
