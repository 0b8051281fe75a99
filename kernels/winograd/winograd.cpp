#include "kernels/winograd/winograd.h"

#include "base/fail.hpp"

namespace latentrt::kernels {
namespace {

void check_buffers(bool complete) {
  if (!complete) fail(Code::invalid_argument, "winograd: a buffer is null");
}

void check_channels(std::int64_t channels) {
  if (channels < 0 || channels % kWinogradChannels != 0)
    fail(Code::invalid_argument, "winograd: {} channels are not a multiple of {}", channels,
         kWinogradChannels);
}

void check_tiles(const WinogradTiles& tiles) {
  check_channels(tiles.channels);
  if (tiles.pictures < 0 || tiles.height < 0 || tiles.width < 0)
    fail(Code::invalid_argument, "winograd: invalid size: {} pictures of {} x {}", tiles.pictures,
         tiles.height, tiles.width);
  const std::int64_t all = winograd_tiles(tiles);
  if (tiles.first < 0 || tiles.count < 0 || tiles.first > all - tiles.count)
    fail(Code::invalid_argument, "winograd: invalid range: tiles {} to {} of {}", tiles.first,
         tiles.first + tiles.count, all);
}

bool is_empty(const WinogradTiles& tiles) { return tiles.count == 0 || tiles.channels == 0; }

}  // namespace

void check(const WinogradKernelArgs& args) {
  check_channels(args.channels);
  check_channels(args.outputs);
  check_buffers(args.channels == 0 || args.outputs == 0 || (args.kernel && args.dst));
}

void check(const WinogradInputArgs& args) {
  check_tiles(args.tiles);
  check_buffers(is_empty(args.tiles) || (args.src && args.dst));
}

void check(const WinogradOutputArgs& args) {
  check_tiles(args.tiles);
  check_buffers(is_empty(args.tiles) || (args.products && args.dst));
}

}  // namespace latentrt::kernels
