#pragma once
/// Mirror strings: six random letters of ten, followed by the same in reverse. Pure dependency
/// between pairs of tokens: each is free until the other one is there.

#include "cli/toys/toy.hpp"

namespace latentrt::cli {

Toy mirror_toy();

}  // namespace latentrt::cli
