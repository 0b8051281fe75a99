#pragma once
/// Countdown with three numbers, as in `numbers 3 7 12 target 33` with the answer
/// ` 7 * 3 = 21 ; 21 + 12 = 33`: two operations that use each number once and reach the target.
/// All numbers are 0 to 99.

#include "cli/toys/toy.hpp"

namespace latentrt::cli {

Toy countdown_toy();

}  // namespace latentrt::cli
