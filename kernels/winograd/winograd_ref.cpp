#include <array>

#include "kernels/winograd/winograd.h"

namespace latentrt::kernels {
namespace {

template <std::size_t kRows, std::size_t kColumns>
using Matrix = std::array<std::array<double, kColumns>, kRows>;

constexpr Matrix<4, 3> kG{{{1, 0, 0}, {0.5, 0.5, 0.5}, {0.5, -0.5, 0.5}, {0, 0, 1}}};
constexpr Matrix<4, 4> kB{{{1, 0, -1, 0}, {0, 1, 1, 0}, {0, -1, 1, 0}, {0, 1, 0, -1}}};
constexpr Matrix<2, 4> kA{{{1, 1, 1, 0}, {0, 1, -1, -1}}};

/// left x left^T, with `left` as on the left side of the formulas.
template <std::size_t kRows, std::size_t kColumns>
Matrix<kRows, kRows> both_sides(const Matrix<kRows, kColumns>& left,
                                const Matrix<kColumns, kColumns>& x) {
  Matrix<kRows, kRows> y{};
  for (std::size_t i = 0; i < kRows; ++i) {
    for (std::size_t j = 0; j < kRows; ++j) {
      for (std::size_t k = 0; k < kColumns; ++k) {
        for (std::size_t l = 0; l < kColumns; ++l) y[i][j] += left[i][k] * x[k][l] * left[j][l];
      }
    }
  }
  return y;
}

struct Place {
  std::int64_t picture, top, left;
};

Place place_of(const WinogradTiles& of, std::int64_t tile) {
  const std::int64_t across = (of.width + 1) / 2, down = (of.height + 1) / 2;
  return {tile / (across * down), tile / across % down * 2, tile % across * 2};
}

/// Index of element [picture, line, column, channel]; -1 outside of the picture.
std::int64_t index_of(const WinogradTiles& of, std::int64_t picture, std::int64_t line,
                      std::int64_t column, std::int64_t channel) {
  if (line < 0 || column < 0 || line >= of.height || column >= of.width) return -1;
  return ((picture * of.height + line) * of.width + column) * of.channels + channel;
}

}  // namespace

void winograd_kernel_ref(const WinogradKernelArgs& args) {
  check(args);
  for (std::int64_t o = 0; o < args.outputs; ++o) {
    for (std::int64_t c = 0; c < args.channels; ++c) {
      Matrix<3, 3> g;
      for (int k = 0; k < 9; ++k) g[k / 3][k % 3] = args.kernel[(o * args.channels + c) * 9 + k];
      const Matrix<4, 4> spread = both_sides(kG, g);
      for (int p = 0; p < kWinogradPoints; ++p)
        args.dst[(p * args.channels + c) * args.outputs + o] =
            static_cast<float>(spread[p / 4][p % 4]);
    }
  }
}

void winograd_input_ref(const WinogradInputArgs& args) {
  check(args);
  const WinogradTiles& tiles = args.tiles;
  for (std::int64_t i = 0; i < tiles.count; ++i) {
    const Place place = place_of(tiles, tiles.first + i);
    for (std::int64_t c = 0; c < tiles.channels; ++c) {
      Matrix<4, 4> d;
      for (int k = 0; k < 16; ++k) {
        const std::int64_t at =
            index_of(tiles, place.picture, place.top - 1 + k / 4, place.left - 1 + k % 4, c);
        d[k / 4][k % 4] = at < 0 ? 0 : args.src[at];
      }
      const Matrix<4, 4> seen = both_sides(kB, d);
      for (int p = 0; p < kWinogradPoints; ++p)
        args.dst[(p * tiles.count + i) * tiles.channels + c] =
            static_cast<float>(seen[p / 4][p % 4]);
    }
  }
}

void winograd_output_ref(const WinogradOutputArgs& args) {
  check(args);
  const WinogradTiles& tiles = args.tiles;
  for (std::int64_t i = 0; i < tiles.count; ++i) {
    const Place place = place_of(tiles, tiles.first + i);
    for (std::int64_t c = 0; c < tiles.channels; ++c) {
      Matrix<4, 4> products;
      for (int p = 0; p < kWinogradPoints; ++p)
        products[p / 4][p % 4] = args.products[(p * tiles.count + i) * tiles.channels + c];
      const Matrix<2, 2> made = both_sides(kA, products);
      for (int k = 0; k < 4; ++k) {
        const std::int64_t at =
            index_of(tiles, place.picture, place.top + k / 2, place.left + k % 2, c);
        if (at < 0) continue;
        const double added = (args.bias ? args.bias[c] : 0.0) + (args.sum ? args.sum[at] : 0.0);
        args.dst[at] = static_cast<float>(made[k / 2][k % 2] + added);
      }
    }
  }
}

}  // namespace latentrt::kernels
