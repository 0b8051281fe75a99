#include "accel/patch_parallel/bands.hpp"

#include <algorithm>
#include <variant>

#include "base/fail.hpp"

namespace latentrt::accel {

Rows Rows::cut(const Rows& other) const noexcept {
  return {std::max(begin, other.begin), std::min(end, other.end)};
}

namespace {

/// Number of input rows per row of the node's result, given the same for its sources.
std::int64_t rows_in_one(const nn::Node& node, const std::vector<std::int64_t>& of_values) {
  const auto of = [&](nn::ValueId id) { return of_values[static_cast<std::size_t>(id)]; };
  if (std::holds_alternative<nn::Upsample>(node.op))
    return node.srcs.size() > 1 ? of(node.srcs[1])
                                : std::max<std::int64_t>(of(node.srcs[0]) / 2, 1);
  std::int64_t rows = 1;
  for (const nn::ValueId src : node.srcs) rows = std::max(rows, of(src));
  if (const auto* conv = std::get_if<nn::Conv2d>(&node.op)) return rows * conv->stride;
  return std::holds_alternative<nn::AveragePool>(node.op) ? 2 * rows : rows;
}

}  // namespace

std::int64_t rows_to_one(const nn::Program& program) {
  std::vector<std::int64_t> of_values(program.value_count(), 1);
  for (const nn::Node& node : program.nodes())
    of_values[static_cast<std::size_t>(node.dst)] = rows_in_one(node, of_values);
  return *std::ranges::max_element(of_values);
}

std::int64_t row_length(std::int64_t rows, std::int64_t width, std::int64_t tokens) {
  for (std::int64_t scale = 1; scale <= rows; scale *= 2) {
    const std::int64_t length = (width + scale - 1) / scale;
    if (rows % scale == 0 && rows / scale * length == tokens) return length;
  }
  fail(Code::unsupported, "{} tokens match no level of {} rows of {} latents", tokens, rows, width);
}

Bands Bands::even(std::int64_t rows, std::int64_t multiple, int ranks) {
  if (ranks < 1) fail(Code::invalid_argument, "{} ranks: there must be one at least", ranks);
  const std::int64_t units = rows / multiple;
  if (rows % multiple != 0) {
    fail(
        Code::invalid_argument,
        "patches need a number of latent rows that is a multiple of {}, and {} is not: the nearest "
        "are {} and {}",
        multiple, rows, std::max<std::int64_t>(units, 1) * multiple, (units + 1) * multiple);
  }
  if (units < ranks) {
    fail(Code::invalid_argument,
         "{} latent rows cannot be shared by {} ranks: each needs {} at least, so at most {} "
         "ranks, or "
         "{} rows",
         rows, ranks, multiple, units, ranks * multiple);
  }
  std::vector<std::int64_t> heights;
  for (std::int64_t rank = 0; rank < ranks; ++rank)
    heights.push_back((units / ranks + (rank < units % ranks ? 1 : 0)) * multiple);
  return of(heights, multiple);
}

Bands Bands::of(const std::vector<std::int64_t>& heights, std::int64_t multiple) {
  std::vector<std::int64_t> begins{0};
  for (const std::int64_t height : heights) {
    if (height < 1 || height % multiple != 0) {
      fail(Code::invalid_argument, "a band of {} rows: it must be a positive multiple of {}",
           height, multiple);
    }
    begins.push_back(begins.back() + height);
  }
  if (heights.empty()) fail(Code::invalid_argument, "no bands: there must be one at least");
  return Bands(std::move(begins));
}

Rows Bands::of_rank(int rank) const {
  const auto i = static_cast<std::size_t>(rank);
  return {begins_.at(i), begins_.at(i + 1)};
}

Rows Bands::of_rank(int rank, std::int64_t extent) const {
  const Rows own = of_rank(rank);
  return {own.begin * extent / rows(), own.end * extent / rows()};
}

double Bands::share(int rank) const {
  return static_cast<double>(of_rank(rank).count()) / static_cast<double>(rows());
}

Bands::Level::Level(const Bands& bands, int rank, std::int64_t extent)
    : bands_(bands), numerator_(extent), denominator_(bands.of_rank(rank).count()) {}

std::int64_t Bands::Level::scaled(std::int64_t row) const {
  return row * numerator_ / denominator_;
}

Rows Bands::Level::of_rank(int rank) const {
  const Rows rows = bands_.of_rank(rank);
  return {scaled(rows.begin), scaled(rows.end)};
}

}  // namespace latentrt::accel
