#pragma once
/// Which objects of a pickle are understood. Every other one is opaque: its class and its content
/// have no effect.

#include "io/torch_file/pickle_values.hpp"

namespace latentrt::io {

/// The result of calling `callee`, a name, with a tuple of arguments: a dictionary, a tensor, or an
/// opaque value. A tensor that is not as torch.save writes it is opaque too.
PickleRef pickled_object(PickleValues& values, PickleRef callee, PickleRef arguments);

/// The storage, or the opaque value, that torch.save's persistent id names.
PickleRef pickled_storage(PickleValues& values, PickleRef id);

/// The object receives its state, which only has an effect on a ParameterDict: that becomes the
/// dictionary of its parameters.
void set_pickled_state(PickleValues& values, PickleRef object, PickleRef state);

}  // namespace latentrt::io
