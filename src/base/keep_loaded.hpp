#pragma once

namespace latentrt {

/// Keeps this library in the process's memory until the process ends, whatever is passed to dlclose(). For when something
/// outside holds a pointer into it for good. False where that is not possible.
bool keep_loaded();

}  // namespace latentrt
