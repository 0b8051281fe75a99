#include "base/fail.hpp"
#include "device/convolution_plan.hpp"

namespace latentrt::device {

bool can_plan_convolutions() noexcept { return false; }

std::unique_ptr<ConvolutionPlan> plan_convolution(const ConvolutionShape&, const std::string&) {
  fail(Code::unsupported, "this build has no cuDNN, which was to compute a convolution");
}

}  // namespace latentrt::device
