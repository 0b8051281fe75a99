#pragma once
/// Flags with numeric values.

#include <CLI/CLI.hpp>
#include <cstdint>
#include <string>

namespace latentrt::cli {

/// After this call, options of the app and of its commands with numeric values accept what
/// parse_decimal() accepts, and refuse the rest in a sentence that names the flag: CLI11 would read
/// 010 as octal, and an overflowing number as the largest one.
void read_numbers_strictly(CLI::App& app);

/// A seed that the user gave, or that was drawn.
struct Seed {
  std::uint64_t value = 0;
  bool drawn = false;  ///< for -1: must be printed, because it is random
};

/// --seed (-s): 0 to 2^64-1, or -1 for a random one.
CLI::Option* add_seed(CLI::App& app, Seed& seed, const std::string& what);
/// Prints a drawn seed on stderr. Throws Error(invalid_argument) if each of several processes would
/// draw its own.
void announce(const Seed& seed, int processes, bool quiet);

/// A size of memory: bytes, or a number with K, M, G or T (powers of 1024), above 0.
CLI::Option* add_bytes(CLI::App& app, const std::string& flag, std::uint64_t& bytes,
                       const std::string& help);

}  // namespace latentrt::cli
