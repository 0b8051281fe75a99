#pragma once
/// Empty tensors by which a checkpoint in one file states the prediction type of its network; they
/// override a configuration from elsewhere.

#include <string>
#include <string_view>
#include <vector>

#include "io/tensor_file.hpp"
#include "pipeline/model_scheduler.hpp"

namespace latentrt::pipeline {

/// `v_pred`: velocity; `ztsnr`: with zero terminal SNR; those of EDM models select a scheduler that
/// is not available. Adds a sentence for each setting of `scheduler`, which was read from `source`,
/// that is overridden.
std::vector<std::string> apply_markers(const io::TensorFile& file, ModelScheduler& scheduler,
                                       std::string_view source);

}  // namespace latentrt::pipeline
