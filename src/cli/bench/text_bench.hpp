#pragma once
/// The benchmarks of language models.

#include "cli/bench/bench_flags.hpp"

namespace latentrt::cli {

/// Times answers under each policy, and one call of the network whose head runs for the tokens of a
/// block or for all. Throws Error(invalid_argument) for flags of models of pictures.
void bench_text(const BenchFlags& flags);

}  // namespace latentrt::cli
