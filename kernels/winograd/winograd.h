#pragma once
/// Convolutions with 3 x 3 kernels, stride 1 and zero padding of one, with 2.25 times fewer
/// products, in fp32 on the host: F(2 x 2, 3 x 3) of Lavin and Gray 2016. A tile is 2 x 2 pixels of
/// the result, which depend on 4 x 4 pixels d of the source. At each of 16 points p, all tiles and
/// channels form one matrix product, which the caller computes:
///
///   kernels[p]  = (G g G^T)[p]      [C, O]
///   tiles[p]    = (B^T d B)[p]      [tiles, C]
///   products[p] = tiles[p] kernels[p]
///   result      = A^T products A + bias + sum
///
/// Tiles are numbered row by row, picture after picture. Rounding errors are about 2.5 times those
/// of the products themselves.

#include <cstdint>

#include "kernels/common/parallel_for.h"

namespace latentrt::kernels {

inline constexpr std::int64_t kWinogradPoints = 16;
/// Channels are a multiple of this.
inline constexpr std::int64_t kWinogradChannels = 16;

/// dst[p, c, o] = (G kernel[o, c] G^T)[p], computed in double.
struct WinogradKernelArgs {
  const float* kernel = nullptr;  ///< [outputs, channels, 3, 3]
  float* dst = nullptr;           ///< [16, channels, outputs]
  std::int64_t outputs = 0, channels = 0;
};

/// Which tiles of which pictures.
struct WinogradTiles {
  std::int64_t pictures = 0, height = 0, width = 0, channels = 0;
  std::int64_t first = 0, count = 0;
};

struct WinogradInputArgs {
  WinogradTiles tiles;
  const float* src = nullptr;  ///< [pictures, height, width, channels]
  float* dst = nullptr;        ///< [16, count, channels]
};

struct WinogradOutputArgs {
  WinogradTiles tiles;
  const float* products = nullptr;  ///< [16, count, channels]
  const float* bias = nullptr;      ///< [channels], or null
  const float* sum = nullptr;       ///< same layout as dst, or null
  float* dst = nullptr;             ///< [pictures, height, width, channels]
};

constexpr std::int64_t winograd_tiles_along(std::int64_t size) { return (size + 1) / 2; }
constexpr std::int64_t winograd_tiles(const WinogradTiles& of) {
  return of.pictures * winograd_tiles_along(of.height) * winograd_tiles_along(of.width);
}

/// Throw Error(invalid_argument) for invalid sizes, channels that are not a multiple of
/// kWinogradChannels, or a null pointer.
void check(const WinogradKernelArgs& args);
void check(const WinogradInputArgs& args);
void check(const WinogradOutputArgs& args);

/// Vectorised for the processor that runs them. A tile produces the same bits with any number of
/// threads and whatever the other tiles. They throw what check throws.
void winograd_kernel_host(const WinogradKernelArgs& args, const ParallelFor& parallel_for);
void winograd_input_host(const WinogradInputArgs& args, const ParallelFor& parallel_for);
void winograd_output_host(const WinogradOutputArgs& args, const ParallelFor& parallel_for);

/// In double, directly from the matrices.
void winograd_kernel_ref(const WinogradKernelArgs& args);
void winograd_input_ref(const WinogradInputArgs& args);
void winograd_output_ref(const WinogradOutputArgs& args);

}  // namespace latentrt::kernels
