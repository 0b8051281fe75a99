#pragma once
/// The rows of a picture that each rank holds, at every level of a network.

#include <cstdint>
#include <string_view>
#include <vector>

#include "nn/program/program.hpp"

namespace latentrt::accel {

/// Rows [begin, end) at some level.
struct Rows {
  std::int64_t begin = 0, end = 0;

  std::int64_t count() const noexcept { return end - begin; }
  bool empty() const noexcept { return end <= begin; }
  Rows cut(const Rows& other) const noexcept;
  bool operator==(const Rows&) const = default;
};

/// Tokens of one row, at the level at which `rows` rows of `width` elements have become `tokens`
/// tokens. Throws Error(unsupported) if there is no such level.
std::int64_t row_length(std::int64_t rows, std::int64_t width, std::int64_t tokens);

/// How many rows of the input become one at the Program's lowest level; heights of bands are
/// multiples of this.
std::int64_t rows_to_one(const nn::Program& program);

/// One band of rows per rank, from the top. Immutable.
class Bands {
 public:
  /// Bands as even as possible if each is a multiple of `multiple` rows (the network halves them
  /// that often). Throws Error(invalid_argument) that names the nearest number of ranks or of rows
  /// that is possible.
  static Bands even(std::int64_t rows, std::int64_t multiple, int ranks);
  /// Bands of these heights. Throws Error(invalid_argument) for one that is not a positive
  /// multiple.
  static Bands of(const std::vector<std::int64_t>& heights, std::int64_t multiple);

  int ranks() const noexcept { return static_cast<int>(begins_.size()) - 1; }
  std::int64_t rows() const noexcept { return begins_.back(); }
  /// The rank's rows of the input.
  Rows of_rank(int rank) const;
  /// The rank's rows if all ranks together hold `extent` rows.
  Rows of_rank(int rank, std::int64_t extent) const;
  /// The rank's share of the picture.
  double share(int rank) const;

  /// The same at a level at which `rank` holds `extent` rows (or elements of any kind of which all
  /// rows have equally many).
  class Level {
   public:
    Level(const Bands& bands, int rank, std::int64_t extent);
    Rows of_rank(int rank) const;
    std::int64_t extent() const { return scaled(bands_.rows()); }

   private:
    std::int64_t scaled(std::int64_t row) const;

    const Bands& bands_;
    std::int64_t numerator_, denominator_;
  };

 private:
  explicit Bands(std::vector<std::int64_t> begins) : begins_(std::move(begins)) {}

  std::vector<std::int64_t> begins_;  ///< of each rank, and the end
};

}  // namespace latentrt::accel
