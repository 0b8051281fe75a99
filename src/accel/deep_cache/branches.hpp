#pragma once
/// Where a UNet can be cut so that its deep part is left out.

#include <string>
#include <vector>

#include "nn/program.hpp"

namespace latentrt::accel {

/// One skip connection, in the paper's words a branch (Ma et al. 2024, section 3.2): the module on the way up that reads
/// it joins what comes from below with it.
struct Branch {
  std::string from_below;  ///< the value to keep: what enters that module, before the join
  std::string skip;        ///< the value that the way down computes anew on every step
};

/// From the outside in: the first is the skip of conv_in.
std::vector<Branch> branches_of(const nn::Program& program);

/// By the paper's number, from 1 ("2"), or by the name of the value to keep ("up.2.in"). Throws
/// Error(invalid_argument) that lists what there is.
const Branch& find_branch(const std::vector<Branch>& branches, const std::string& text);

}  // namespace latentrt::accel
