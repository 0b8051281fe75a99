#include "cli/support/neighbour_flags.hpp"

#include <fmt/format.h>

#include <latentrt/error.hpp>

#include "cli/support/decimal.hpp"
#include "cli/support/tensor_file.hpp"

namespace latentrt::cli {
namespace {

constexpr const char* kTensor = "embedding";

int parsed_count(const std::string& text) {
  const auto count = parse_decimal<int>(text);
  if (count && *count > 0) return *count;
  throw Error(Code::invalid_argument,
              fmt::format("--neighbours {}: with --database it is a positive number", text));
}

}  // namespace

void NeighbourFlags::add_to(CLI::App& app) {
  auto* const flag =
      app.add_option("--neighbours", neighbours,
                     "for retrieval-augmented models: safetensors file with `embedding` [k,D], "
                     "or, with --database, how many of its embeddings to take");
  app.add_option("--database", database,
                 "safetensors file with `embedding` [N,D], of which those nearest to the prompt "
                 "are taken")
      ->needs(flag);
}

std::optional<Neighbours> NeighbourFlags::read() const {
  if (neighbours.empty()) return std::nullopt;
  if (database.empty()) return Neighbours{read_tensor(neighbours, kTensor)};
  const int nearest = parsed_count(neighbours);
  return Neighbours{read_tensor(database, kTensor), nearest};
}

}  // namespace latentrt::cli
