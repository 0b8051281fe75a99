#pragma once
/// The operations of one rank of patch parallelism, for timing.

#include <memory>

#include "nn/ops/op_set.hpp"
#include "nn/run/executor.hpp"

namespace latentrt::accel {

/// Operations of the denoiser as a rank of patch parallelism runs them on its band (`inputs`), but
/// without other ranks: keys and values are copied next to where those of other ranks would be, and
/// moments are computed separately from the values that they normalise. Belongs to one run;
/// `program` is that of the step.
std::shared_ptr<const nn::OpSet> make_single_rank_ops(std::shared_ptr<const nn::OpSet> local,
                                                      const nn::Program& program,
                                                      const nn::NamedTensors& inputs);

}  // namespace latentrt::accel
