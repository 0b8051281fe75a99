#pragma once

#include <CLI/CLI.hpp>
#include <latentrt/sampler.hpp>
#include <optional>
#include <string>

namespace latentrt::cli {

/// --neighbours and --database.
struct NeighbourFlags {
  std::string neighbours, database;

  void add_to(CLI::App& app);
  /// Reads the file that the flags name. Throws Error(invalid_argument) if there is a database and
  /// --neighbours is not an integer, and what read_tensor() throws.
  std::optional<Neighbours> read() const;
};

}  // namespace latentrt::cli
