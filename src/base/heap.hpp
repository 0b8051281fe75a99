#pragma once

#include <cstddef>

namespace latentrt {

/// Reports that this many bytes were or will be freed for a copy in another layout. The heap keeps
/// such gaps, which the copies cannot reuse because of their alignment; from time to time this
/// returns its free pages to the system.
void give_back_heap(std::size_t bytes);

}  // namespace latentrt
