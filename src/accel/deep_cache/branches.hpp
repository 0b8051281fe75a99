#pragma once
/// The places where a UNet can be cut so that its deep part is skipped: the paper's branches (Ma et
/// al. 2024, section 3.2).

#include <latentrt/accelerator.hpp>
#include <string>
#include <vector>

#include "nn/program/program.hpp"

namespace latentrt::accel {

/// Finds a branch by the paper's number, from 1 ("2"), or by the name of the value to keep
/// ("up.2.in"). Throws Error(invalid_argument) that lists the branches.
SkipConnection find_branch(const std::vector<SkipConnection>& branches, const std::string& text);

/// Number of the outermost branches whose shallow network has no attention.
std::size_t attention_free_branches(const nn::Program& body);

}  // namespace latentrt::accel
