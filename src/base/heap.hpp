#pragma once

#include <cstddef>

namespace latentrt {

/// Says that so many bytes have been, or are about to be, given up for a copy of another layout. The heap keeps such gaps,
/// into which the copies do not fit for their alignment; from time to time its free pages go back to the system.
void give_back_heap(std::size_t bytes);

}  // namespace latentrt
