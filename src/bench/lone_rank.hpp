#pragma once
/// A rank's way of working, for those who time it.

#include <memory>

#include "nn/ops/op_set.hpp"

namespace latentrt::accel {

/// Operations of the denoiser as a rank of patch parallelism does them on its band (`sample`, the input), with nobody to
/// exchange anything with: keys and values are copied beside where others' would be, moments are taken apart from what
/// they normalise. Belongs to one run; `program` is that of the step.
std::shared_ptr<const nn::OpSet> make_lone_rank(std::shared_ptr<const nn::OpSet> local,
                                                const nn::Program& program,
                                                const at::Tensor& sample);

}  // namespace latentrt::accel
