#pragma once
/// Reads a pickle (Python's protocols 2 to 5) as data, by a closed grammar.

#include "io/torch_file/pickle_input.hpp"
#include "io/torch_file/pickle_values.hpp"

namespace latentrt::io {

/// Adds the pickle's values and returns the one that it describes. Objects become values by
/// pickled_object(). Nothing that the pickle names is looked up. Takes at most 5,000,000 opcodes,
/// 100,000 values on the stack, 100,000 tensors and 1,048,576 places of the memo. Throws
/// Error(bad_file) that names the file, the byte and the problem.
PickleRef read_pickle(PickleInput& input, PickleValues& values);

}  // namespace latentrt::io
