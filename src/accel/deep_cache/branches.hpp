#pragma once
/// Where a UNet can be cut so that its deep part is left out: the paper's branches (Ma et al. 2024, section 3.2).

#include <latentrt/accelerator.hpp>
#include <string>
#include <vector>

#include "nn/program/program.hpp"

namespace latentrt::accel {

/// By the paper's number, from 1 ("2"), or by the name of the value to keep ("up.2.in"). Throws
/// Error(invalid_argument) that lists what there is.
SkipConnection find_branch(const std::vector<SkipConnection>& branches, const std::string& text);

/// How many of the outermost branches leave a network without attention.
std::size_t attention_free_branches(const nn::Program& body);

}  // namespace latentrt::accel
