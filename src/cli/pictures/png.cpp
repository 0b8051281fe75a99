#include "cli/pictures/png.hpp"

#include <fmt/format.h>
#include <spng.h>

#include <algorithm>
#include <cstdio>
#include <cstdlib>
#include <cstring>
#include <latentrt/error.hpp>
#include <memory>

#include "cli/pictures/labels.hpp"
#include "cli/pictures/orientation.hpp"
#include "cli/pictures/png_chunks.hpp"
#include "cli/pictures/regular_file.hpp"

namespace latentrt::cli {
namespace {

/// Limits for untrusted files: a side, and the bytes of a chunk that determines pixels.
constexpr std::uint32_t kMaxSide = 16384;
constexpr std::size_t kMaxChunk = 1u << 20;

using Decoder = std::unique_ptr<spng_ctx, decltype(&spng_ctx_free)>;

[[noreturn]] void refuse(const std::filesystem::path& file, int error) {
  throw Error(Code::bad_file,
              fmt::format("{}: not a usable PNG file: {}", file.string(), spng_strerror(error)));
}

int channels_of(std::uint8_t color_type) {
  switch (color_type) {
    case SPNG_COLOR_TYPE_TRUECOLOR:
      return 3;
    case SPNG_COLOR_TYPE_GRAYSCALE_ALPHA:
      return 2;
    case SPNG_COLOR_TYPE_TRUECOLOR_ALPHA:
      return 4;
    default:
      return 1;
  }
}

/// A byte of deflated data expands to at most 1032, so the file's size limits the memory of its
/// picture.
double pixels_per_byte(const spng_ihdr& header) {
  constexpr double kMaxRatio = 1032, kBitsPerByte = 8;
  return kMaxRatio * kBitsPerByte / (header.bit_depth * channels_of(header.color_type));
}

int read_chunks(spng_ctx*, void* chunks, void* dst, std::size_t size) {
  return static_cast<PngChunks*>(chunks)->read({static_cast<std::uint8_t*>(dst), size})
             ? 0
             : SPNG_IO_EOF;
}

/// The encoder reads `texts` on encoding, so that they must outlive it.
int set_texts(spng_ctx* encoder, const TextChunks& texts) {
  static char nothing[] = "";
  std::vector<spng_text> chunks;
  for (const auto& [keyword, text] : texts) {
    spng_text chunk{};
    std::snprintf(chunk.keyword, sizeof chunk.keyword, "%s", keyword.c_str());
    const bool ascii = std::all_of(text.begin(), text.end(),
                                   [](char c) { return static_cast<unsigned char>(c) < 128; });
    chunk.type = ascii ? SPNG_TEXT : SPNG_ITXT;
    // the library copies it on encoding and never writes it
    chunk.text = const_cast<char*>(text.c_str());
    chunk.length = text.size();
    chunk.language_tag = nothing;
    chunk.translated_keyword = nothing;
    chunks.push_back(chunk);
  }
  return chunks.empty()
             ? 0
             : spng_set_text(encoder, chunks.data(), static_cast<std::uint32_t>(chunks.size()));
}

/// A PNG file whose header was read and checked.
class PngFile {
 public:
  explicit PngFile(const std::filesystem::path& file)
      : file_(file),
        stream_(open_regular(file)),
        chunks_(stream_.get()),
        decoder_(spng_ctx_new(0), &spng_ctx_free) {
    spng_set_image_limits(decoder_.get(), kMaxSide, kMaxSide);
    spng_set_chunk_limits(decoder_.get(), kMaxChunk, kMaxChunk);
    spng_set_png_stream(decoder_.get(), read_chunks, &chunks_);
    if (const int error = spng_get_ihdr(decoder_.get(), &header_)) refuse(file_, error);
    check_room(file_, header_.width, header_.height, pixels_per_byte(header_));
  }

  const spng_ihdr& header() const noexcept { return header_; }
  PngChunks& chunks() noexcept { return chunks_; }

  /// All pixels in one of the library's formats.
  std::vector<std::uint8_t> pixels(int format) {
    std::size_t bytes = 0;
    if (const int error = spng_decoded_image_size(decoder_.get(), format, &bytes))
      refuse(file_, error);
    std::vector<std::uint8_t> pixels(bytes);
    if (const int error = spng_decode_image(decoder_.get(), pixels.data(), bytes, format, 0))
      refuse(file_, error);
    return pixels;
  }

 private:
  const std::filesystem::path file_;
  const File stream_;
  PngChunks chunks_;
  const Decoder decoder_;
  spng_ihdr header_{};
};

/// Expands rows to one byte per pixel, from pixels of fewer bits and rows padded to whole bytes.
std::vector<std::uint8_t> unpacked(const std::vector<std::uint8_t>& packed, std::size_t width,
                                   std::size_t height, unsigned bits) {
  constexpr unsigned kByte = 8;
  const std::size_t row = packed.size() / height;
  std::vector<std::uint8_t> values;
  for (std::size_t y = 0; y < height; ++y) {
    for (std::size_t x = 0; x < width; ++x) {
      const std::size_t bit = x * bits;
      const unsigned byte = packed[y * row + bit / kByte];
      const auto left = static_cast<unsigned>(kByte - bits - bit % kByte);
      values.push_back(static_cast<std::uint8_t>((byte >> left) & ((1U << bits) - 1)));
    }
  }
  return values;
}

}  // namespace

Image read_png(const std::filesystem::path& file) {
  PngFile png(file);
  Image image{static_cast<int>(png.header().width), static_cast<int>(png.header().height),
              png.pixels(SPNG_FMT_RGB8)};
  return oriented(std::move(image), exif_orientation(png.chunks().find_exif()));
}

LabelMap read_labels(const std::filesystem::path& file) {
  constexpr std::uint8_t kMostBits = 8;
  PngFile png(file);
  const spng_ihdr& header = png.header();
  const bool one_value = header.color_type == SPNG_COLOR_TYPE_INDEXED ||
                         header.color_type == SPNG_COLOR_TYPE_GRAYSCALE;
  if (!one_value || header.bit_depth > kMostBits) {
    throw Error(Code::unsupported,
                fmt::format("{}: classes are read from PNG files with a palette, or with grey "
                            "values of up to 8 bits, and this one has others",
                            file.string()));
  }
  return {static_cast<int>(header.width), static_cast<int>(header.height),
          unpacked(png.pixels(SPNG_FMT_RAW), header.width, header.height, header.bit_depth)};
}

std::vector<std::uint8_t> encode_png(const Image& image, const TextChunks& texts) {
  const Decoder encoder(spng_ctx_new(SPNG_CTX_ENCODER), &spng_ctx_free);
  spng_set_option(encoder.get(), SPNG_ENCODE_TO_BUFFER, 1);
  spng_ihdr header{};
  header.width = static_cast<std::uint32_t>(image.width);
  header.height = static_cast<std::uint32_t>(image.height);
  header.bit_depth = 8;
  header.color_type = SPNG_COLOR_TYPE_TRUECOLOR;
  int error = spng_set_ihdr(encoder.get(), &header);
  if (!error) error = set_texts(encoder.get(), texts);
  if (!error) {
    error = spng_encode_image(encoder.get(), image.pixels.data(), image.pixels.size(), SPNG_FMT_PNG,
                              SPNG_ENCODE_FINALIZE);
  }
  std::size_t size = 0;
  const std::unique_ptr<void, decltype(&std::free)> buffer(
      error ? nullptr : spng_get_png_buffer(encoder.get(), &size, &error), &std::free);
  if (error)
    throw Error(Code::internal,
                fmt::format("a PNG could not be encoded: {}", spng_strerror(error)));
  const auto* first = static_cast<const std::uint8_t*>(buffer.get());
  return {first, first + size};
}

}  // namespace latentrt::cli
