#include <algorithm>

#include "kernels/common/vector_pack.h"
#include "kernels/common/vector_versions.h"
#include "kernels/winograd/winograd.h"

namespace latentrt::kernels {
namespace {

/// Tiles in a part: enough work for a thread.
constexpr std::int64_t kPart = 8;

/// B^T (a, b, c, d).
[[gnu::always_inline]] inline void transform(FloatPack& a, FloatPack& b, FloatPack& c,
                                             FloatPack& d) {
  const FloatPack second = b;
  a = a - c;
  d = second - d;
  b = second + c;
  c = c - second;
}

/// A^T (a, b, c, d), in a and b.
[[gnu::always_inline]] inline void gather(FloatPack& a, FloatPack& b, const FloatPack& c,
                                          const FloatPack& d) {
  a = a + b + c;
  b = b - c - d;
}

/// The source's pixels that a tile reads; null outside of the picture.
struct Seen {
  const float* pixels[4][4];
};

[[gnu::always_inline]] inline void input_tile(const Seen& seen, float* dst, std::int64_t stride,
                                              std::int64_t channels) {
  for (std::int64_t channel = 0; channel < channels; channel += kWinogradChannels) {
    FloatPack d[4][4] = {};
    for (int i = 0; i < 4; ++i) {
      for (int j = 0; j < 4; ++j)
        if (seen.pixels[i][j]) load_pack(seen.pixels[i][j] + channel, &d[i][j]);
    }
    for (auto& row : d) transform(row[0], row[1], row[2], row[3]);
    for (int j = 0; j < 4; ++j) transform(d[0][j], d[1][j], d[2][j], d[3][j]);
    for (int i = 0; i < 4; ++i) {
      for (int j = 0; j < 4; ++j) store_pack(d[i][j], dst + (4 * i + j) * stride + channel);
    }
  }
}

/// The values added to the 2 x 2 pixels of a tile, and their destinations; null outside of the
/// picture and if nothing is added.
struct Made {
  const float* bias;
  const float* sum[2][2];
  float* pixels[2][2];
};

[[gnu::always_inline]] inline void output_tile(const float* products, std::int64_t stride,
                                               const Made& made, std::int64_t channels) {
  for (std::int64_t channel = 0; channel < channels; channel += kWinogradChannels) {
    FloatPack m[4][4];
    for (int i = 0; i < 4; ++i) {
      for (int j = 0; j < 4; ++j) load_pack(products + (4 * i + j) * stride + channel, &m[i][j]);
    }
    for (int j = 0; j < 4; ++j) gather(m[0][j], m[1][j], m[2][j], m[3][j]);
    for (int i = 0; i < 2; ++i) gather(m[i][0], m[i][1], m[i][2], m[i][3]);
    FloatPack bias = {}, sum = {};
    if (made.bias) load_pack(made.bias + channel, &bias);
    for (int i = 0; i < 2; ++i) {
      for (int j = 0; j < 2; ++j) {
        if (!made.pixels[i][j]) continue;
        if (made.sum[i][j]) load_pack(made.sum[i][j] + channel, &sum);
        store_pack(m[i][j] + bias + sum, made.pixels[i][j] + channel);
      }
    }
  }
}

LATENTRT_VECTOR_VERSIONS(one_input,
                         (const Seen& seen, T* dst, std::int64_t stride, std::int64_t channels),
                         input_tile(seen, dst, stride, channels))
LATENTRT_VECTOR_VERSIONS(one_output,
                         (const T* products, std::int64_t stride, const Made& made,
                          std::int64_t channels),
                         output_tile(products, stride, made, channels))

/// A tile's first pixel in the result.
struct Place {
  std::int64_t picture, top, left;

  Place(const WinogradTiles& of, std::int64_t tile) {
    const std::int64_t across = winograd_tiles_along(of.width);
    const std::int64_t down = winograd_tiles_along(of.height);
    picture = tile / (across * down);
    top = tile / across % down * 2;
    left = tile % across * 2;
  }
  /// Pixels of `pictures`; null outside of them.
  template <class T>
  T* pixel(const WinogradTiles& of, T* pictures, std::int64_t line, std::int64_t column) const {
    const std::int64_t y = top + line, x = left + column;
    if (!pictures || y < 0 || x < 0 || y >= of.height || x >= of.width) return nullptr;
    return pictures + ((picture * of.height + y) * of.width + x) * of.channels;
  }
};

/// Calls work(place of the tile, its index among the requested ones).
template <class Work>
void for_tiles(const WinogradTiles& tiles, const ParallelFor& parallel_for, const Work& work) {
  parallel_for((tiles.count + kPart - 1) / kPart, [&](std::int64_t begin, std::int64_t end) {
    const std::int64_t last = std::min(end * kPart, tiles.count);
    for (std::int64_t i = begin * kPart; i < last; ++i) work(Place(tiles, tiles.first + i), i);
  });
}

/// G (a, b, c).
void spread(const double (&g)[3], double (&dst)[4]) {
  dst[0] = g[0];
  dst[1] = (g[0] + g[1] + g[2]) / 2;
  dst[2] = (g[0] - g[1] + g[2]) / 2;
  dst[3] = g[2];
}

void spread_kernel(const float* kernel, double (&dst)[4][4]) {
  double columns[3][4];
  for (int j = 0; j < 3; ++j) spread({kernel[j], kernel[3 + j], kernel[6 + j]}, columns[j]);
  for (int i = 0; i < 4; ++i) spread({columns[0][i], columns[1][i], columns[2][i]}, dst[i]);
}

}  // namespace

void winograd_kernel_host(const WinogradKernelArgs& args, const ParallelFor& parallel_for) {
  check(args);
  const std::int64_t size = args.channels * args.outputs;
  parallel_for(args.channels, [&](std::int64_t begin, std::int64_t end) {
    for (std::int64_t i = begin * args.outputs; i < end * args.outputs; ++i) {
      const std::int64_t channel = i / args.outputs, output = i % args.outputs;
      double spread[4][4];
      spread_kernel(args.kernel + (output * args.channels + channel) * 9, spread);
      for (int p = 0; p < kWinogradPoints; ++p)
        args.dst[p * size + i] = static_cast<float>(spread[p / 4][p % 4]);
    }
  });
}

void winograd_input_host(const WinogradInputArgs& args, const ParallelFor& parallel_for) {
  check(args);
  const WinogradTiles& tiles = args.tiles;
  for_tiles(tiles, parallel_for, [&](const Place& place, std::int64_t i) {
    Seen seen;
    for (int line = 0; line < 4; ++line) {
      for (int column = 0; column < 4; ++column)
        seen.pixels[line][column] = place.pixel(tiles, args.src, line - 1, column - 1);
    }
    one_input<float>(seen, args.dst + i * tiles.channels, tiles.count * tiles.channels,
                     tiles.channels);
  });
}

void winograd_output_host(const WinogradOutputArgs& args, const ParallelFor& parallel_for) {
  check(args);
  const WinogradTiles& tiles = args.tiles;
  for_tiles(tiles, parallel_for, [&](const Place& place, std::int64_t i) {
    Made made{.bias = args.bias, .sum = {}, .pixels = {}};
    for (int line = 0; line < 2; ++line) {
      for (int column = 0; column < 2; ++column) {
        made.sum[line][column] = place.pixel(tiles, args.sum, line, column);
        made.pixels[line][column] = place.pixel(tiles, args.dst, line, column);
      }
    }
    one_output<float>(args.products + i * tiles.channels, tiles.count * tiles.channels, made,
                      tiles.channels);
  });
}

}  // namespace latentrt::kernels
