#include "cli/pictures/webp.hpp"

#include <fmt/format.h>
#include <webp/decode.h>
#include <webp/demux.h>

#include <algorithm>
#include <latentrt/error.hpp>
#include <memory>
#include <span>

#include "cli/pictures/orientation.hpp"
#include "cli/pictures/regular_file.hpp"

namespace latentrt::cli {
namespace {

constexpr std::uint64_t kMostBytes = 1u << 30;
/// The format can encode any number of equal pixels in a few bytes. Pictures up to this size are
/// accepted from any file; larger ones need more bytes than a uniform area takes in practice.
constexpr int kMostPixelsFromAnyFile = 1 << 24;
constexpr double kPixelsPerByte = 4096;

std::string_view reason(VP8StatusCode status) {
  switch (status) {
    case VP8_STATUS_OUT_OF_MEMORY:
      return "memory is exhausted";
    case VP8_STATUS_UNSUPPORTED_FEATURE:
      return "it uses a feature that the decoder does not support";
    case VP8_STATUS_NOT_ENOUGH_DATA:
      return "the file ends too early";
    default:
      return "its data is damaged";
  }
}

void check(const std::filesystem::path& file, VP8StatusCode status) {
  if (status != VP8_STATUS_OK)
    throw Error(Code::bad_file,
                fmt::format("{}: not a usable WebP file: {}", file.string(), reason(status)));
}

int orientation_of(std::span<const std::uint8_t> bytes) {
  const WebPData data{bytes.data(), bytes.size()};
  const std::unique_ptr<WebPDemuxer, decltype(&WebPDemuxDelete)> parts(WebPDemux(&data),
                                                                       &WebPDemuxDelete);
  WebPChunkIterator chunk{};
  if (!parts || WebPDemuxGetChunk(parts.get(), "EXIF", 1, &chunk) == 0) return 1;
  const int orientation = exif_orientation({chunk.chunk.bytes, chunk.chunk.size});
  WebPDemuxReleaseChunkIterator(&chunk);
  return orientation;
}

}  // namespace

Image read_webp(const std::filesystem::path& file) {
  const std::vector<std::uint8_t> bytes = read_regular(file, kMostBytes);
  WebPDecoderConfig config;
  if (WebPInitDecoderConfig(&config) == 0)
    throw Error(Code::internal, "libwebp is not of the version that this program was built with");
  check(file, WebPGetFeatures(bytes.data(), bytes.size(), &config.input));
  const auto& [width, height, has_alpha, animated, format, padding] = config.input;
  if (animated != 0)
    throw Error(Code::unsupported,
                fmt::format("{}: an animated WebP file; still pictures are read", file.string()));
  if (width * height > kMostPixelsFromAnyFile)
    check_room(file, static_cast<std::uint64_t>(width), static_cast<std::uint64_t>(height),
               kPixelsPerByte);
  const auto row = 3 * static_cast<std::size_t>(width);
  Image image{width, height, std::vector<std::uint8_t>(row * static_cast<std::size_t>(height))};
  config.output.colorspace = MODE_RGB;
  config.output.is_external_memory = 1;
  config.output.u.RGBA = {image.pixels.data(), static_cast<int>(row), image.pixels.size()};
  check(file, WebPDecode(bytes.data(), bytes.size(), &config));
  return oriented(std::move(image), orientation_of(bytes));
}

}  // namespace latentrt::cli
