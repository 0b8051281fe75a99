#pragma once

namespace latentrt {

/// Keeps this library in memory until the process ends, even after dlclose(). For pointers into it
/// that others hold permanently. Returns false if that is not possible.
bool keep_loaded();

}  // namespace latentrt
