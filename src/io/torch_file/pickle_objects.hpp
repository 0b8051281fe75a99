#pragma once
/// The objects of a pickle that are understood. Every other object is opaque: its class and its
/// content have no effect.

#include "io/torch_file/pickle_values.hpp"

namespace latentrt::io {

/// The result of calling `callee`, a name, with a tuple of arguments: a dictionary, a tensor, or an
/// opaque value. A tensor in another form than torch.save writes it is opaque too.
PickleRef pickled_object(PickleValues& values, PickleRef callee, PickleRef arguments);

/// The storage, or the opaque value, that torch.save's persistent id names.
PickleRef pickled_storage(PickleValues& values, PickleRef id);

/// Gives the object its state, which only has an effect on a ParameterDict: it becomes the
/// dictionary of its parameters.
void set_pickled_state(PickleValues& values, PickleRef object, PickleRef state);

}  // namespace latentrt::io
