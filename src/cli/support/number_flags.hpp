#pragma once
/// Flags with numbers in them.

#include <CLI/CLI.hpp>
#include <cstdint>
#include <string>

namespace latentrt::cli {

/// From now on, options of the app and of its commands whose values are numbers take what parse_decimal() reads, and refuse
/// the rest in a sentence that names the flag: CLI11 would read 010 as octal, and the largest number for one beyond it.
void read_numbers_strictly(CLI::App& app);

/// A seed that a person gave, or that was drawn.
struct Seed {
  std::uint64_t value = 0;
  bool drawn = false;  ///< for -1: nobody knows it before it is told
};

/// --seed (-s): 0 to 2^64-1, or -1 for a random one.
CLI::Option* add_seed(CLI::App& app, Seed& seed, const std::string& what);
/// Throws Error(invalid_argument) for a seed that each of several processes would draw for itself; tells one that was drawn
/// on stderr.
void announce(const Seed& seed, int processes, bool quiet);

/// A size of memory: bytes, or a number with K, M, G or T (of 1024), above 0.
CLI::Option* add_bytes(CLI::App& app, const std::string& flag, std::uint64_t& bytes,
                       const std::string& help);

}  // namespace latentrt::cli
