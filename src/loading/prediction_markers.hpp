#pragma once
/// Empty tensors by which a checkpoint in one file says what its network predicts, whatever a
/// configuration from elsewhere says.

#include <string>
#include <string_view>
#include <vector>

#include "io/tensor_file.hpp"
#include "pipeline/model_scheduler.hpp"

namespace latentrt::pipeline {

/// `v_pred`: velocity; `ztsnr`: with zero terminal SNR; those of EDM models make the scheduler one
/// that is not available. Gives a sentence for each thing that `scheduler`, which is of `source`,
/// said otherwise.
std::vector<std::string> apply_markers(const io::TensorFile& file, ModelScheduler& scheduler,
                                       std::string_view source);

}  // namespace latentrt::pipeline
