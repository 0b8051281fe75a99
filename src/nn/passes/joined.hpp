#pragma once
/// Makes one Program of two, for example of a ControlNet and the network that it controls.

#include <map>
#include <string>

#include "nn/program/program.hpp"

namespace latentrt::nn {

struct JoinOptions {
  /// Maps inputs of the second network, by name, to values of the first one.
  std::map<std::string, std::string> connections{};
  /// Prefix of the names of a network's weights, nodes and computed values ("controlnet."). Inputs
  /// keep their names.
  std::string first_prefix{}, second_prefix{};
};

/// Computes the first network and then the second. Inputs that both declare identically are shared.
/// Its outputs are those of the second network, followed by those of the first that are not
/// connected; its weights are those of the first network, followed by those of the second; the
/// places to cut for deep features are those of the second. Throws Error(invalid_argument) that
/// names the value, input or weight if a connection does not exist or a name is not unique.
Program joined(const Program& first, const Program& second, const JoinOptions& options);

}  // namespace latentrt::nn
