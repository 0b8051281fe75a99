#pragma once
/// One Program out of two: a network that steers another one and the one that is steered, for
/// example.

#include <map>
#include <string>

#include "nn/program/program.hpp"

namespace latentrt::nn {

struct JoinOptions {
  /// Inputs of the second network, by name, and the values of the first that become them.
  std::map<std::string, std::string> connections{};
  /// Begins the names of a network's weights, nodes and computed values ("controlnet."). Inputs
  /// keep their names.
  std::string first_prefix{}, second_prefix{};
};

/// Computes the first network and then the second. Inputs that both declare with the same name and
/// in the same way are one. Its outputs are those of the second network, and then those of the
/// first that are not connected; its weights are those of the first network, and then those of the
/// second; places to cut for deep features are those of the second. Throws Error(invalid_argument)
/// that names the value, input or weight when a connection does not exist or two things have one
/// name.
Program joined(const Program& first, const Program& second, const JoinOptions& options);

}  // namespace latentrt::nn
