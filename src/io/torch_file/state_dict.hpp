#pragma once
/// The tensors of a checkpoint under their names.

#include <map>
#include <string>
#include <string_view>

#include "io/torch_file/pickle_values.hpp"

namespace latentrt::io {

struct StateDict {
  std::map<std::string, PickleRef> tensors;
  /// Values that are neither tensors nor dictionaries, and have no effect.
  std::map<std::string, PickleRef> others;
};

/// The state dictionary in a pickle whose value is `root`: that dictionary itself, or its value for
/// "state_dict", or, if it contains no tensors itself, its value for "params_ema", "params",
/// "model" or "string_to_param". Names in nested dictionaries are joined with '.'; keys that are
/// not strings are ignored. Throws Error(bad_file) that begins with `what`: for a root or
/// state_dict that is not a dictionary, names that tensors cannot have, a name that occurs twice,
/// dictionaries nested deeper than 64, more than 200,000 values, and names that take more than 32
/// MiB.
StateDict state_dict_of(const PickleValues& values, PickleRef root, std::string_view what);

}  // namespace latentrt::io
