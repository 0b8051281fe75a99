#pragma once
/// Mirror strings: six random letters out of ten, followed by the same letters in reverse. Tokens
/// depend on each other only in pairs: each is random until the other one is filled in.

#include "cli/toys/toy.hpp"

namespace latentrt::cli {

Toy mirror_toy();

}  // namespace latentrt::cli
