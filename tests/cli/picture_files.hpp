#pragma once
/// Picture files, made by the libraries that read them.

#include <jpeglib.h>
#include <spng.h>
#include <webp/encode.h>
#include <cstdio>

#include <cstdint>
#include <cstdlib>
#include <latentrt/image.hpp>
#include <memory>
#include <stdexcept>
#include <string>
#include <vector>

namespace latentrt::testing {

struct JpegKind {
  J_COLOR_SPACE colors = JCS_RGB;  ///< of the given pixels; JCS_CMYK has four bytes per pixel
  bool progressive = false;
};

/// With `exif` as an APP1 marker if it is not empty. Best quality, without chroma subsampling.
inline std::string encode_jpeg(const Image& image, const std::string& exif = {},
                               const JpegKind& kind = {}) {
  jpeg_compress_struct info{};
  jpeg_error_mgr errors{};
  info.err = jpeg_std_error(&errors);  // ends the test program
  jpeg_create_compress(&info);
  unsigned char* bytes = nullptr;
  unsigned long size = 0;
  jpeg_mem_dest(&info, &bytes, &size);
  info.image_width = static_cast<JDIMENSION>(image.width);
  info.image_height = static_cast<JDIMENSION>(image.height);
  info.in_color_space = kind.colors;
  info.input_components = static_cast<int>(image.pixels.size()) / image.width / image.height;
  jpeg_set_defaults(&info);
  jpeg_set_quality(&info, 100, TRUE);
  info.comp_info[0].h_samp_factor = info.comp_info[0].v_samp_factor = 1;
  if (kind.progressive) jpeg_simple_progression(&info);
  jpeg_start_compress(&info, TRUE);
  const std::string marker = std::string("Exif\0\0", 6) + exif;
  if (!exif.empty())
    jpeg_write_marker(&info, JPEG_APP0 + 1, reinterpret_cast<const JOCTET*>(marker.data()),
                      static_cast<unsigned>(marker.size()));
  const auto row_bytes = static_cast<std::size_t>(info.input_components * image.width);
  while (info.next_scanline < info.image_height) {
    JSAMPROW row = const_cast<JSAMPROW>(image.pixels.data() + row_bytes * info.next_scanline);
    jpeg_write_scanlines(&info, &row, 1);
  }
  jpeg_finish_compress(&info);
  jpeg_destroy_compress(&info);
  std::string encoded(bytes, bytes + size);
  std::free(bytes);
  return encoded;
}

/// A PNG file with these bytes as rows; with a palette of four colours, all black, if it needs one.
inline std::string encode_png_rows(int width, int height, spng_color_type type, int bits,
                                   const std::vector<std::uint8_t>& rows) {
  const std::unique_ptr<spng_ctx, decltype(&spng_ctx_free)> encoder(spng_ctx_new(SPNG_CTX_ENCODER),
                                                                    &spng_ctx_free);
  spng_set_option(encoder.get(), SPNG_ENCODE_TO_BUFFER, 1);
  spng_ihdr header{};
  header.width = static_cast<std::uint32_t>(width);
  header.height = static_cast<std::uint32_t>(height);
  header.bit_depth = static_cast<std::uint8_t>(bits);
  header.color_type = static_cast<std::uint8_t>(type);
  spng_plte palette{};
  palette.n_entries = 4;
  int error = spng_set_ihdr(encoder.get(), &header);
  if (error == 0 && type == SPNG_COLOR_TYPE_INDEXED) error = spng_set_plte(encoder.get(), &palette);
  if (error == 0)
    error = spng_encode_image(encoder.get(), rows.data(), rows.size(), SPNG_FMT_PNG,
                              SPNG_ENCODE_FINALIZE);
  std::size_t size = 0;
  const std::unique_ptr<void, decltype(&std::free)> bytes(
      spng_get_png_buffer(encoder.get(), &size, &error), &std::free);
  if (error != 0 || !bytes) throw std::runtime_error("libspng could not encode a picture");
  return {static_cast<const char*>(bytes.get()), size};
}

/// Grey values, 8 bits each.
inline std::string encode_grey_png(int width, int height, const std::vector<std::uint8_t>& values) {
  return encode_png_rows(width, height, SPNG_COLOR_TYPE_GRAYSCALE, 8, values);
}

/// A chunk of the RIFF container, padded to an even size.
inline std::string riff_chunk(const std::string& type, const std::string& content) {
  std::string bytes = type;
  for (int i = 0; i < 4; ++i) bytes += static_cast<char>(content.size() >> 8 * i);
  bytes += content;
  if (content.size() % 2 != 0) bytes += '\0';
  return bytes;
}

/// Without loss; with `exif` as a chunk where it is not empty.
inline std::string encode_webp(const Image& image, const std::string& exif = {}) {
  std::uint8_t* bytes = nullptr;
  const std::size_t size = WebPEncodeLosslessRGB(image.pixels.data(), image.width, image.height,
                                                 3 * image.width, &bytes);
  if (size == 0) throw std::runtime_error("libwebp could not encode a picture");
  const std::string simple(bytes, bytes + size);
  WebPFree(bytes);
  if (exif.empty()) return simple;
  constexpr char kHasExif = 8;
  constexpr std::size_t kContainer = 12;  // "RIFF", size, "WEBP"
  std::string extended{kHasExif, 0, 0, 0};
  for (const int side : {image.width - 1, image.height - 1})
    for (int i = 0; i < 3; ++i) extended += static_cast<char>(side >> 8 * i);
  return riff_chunk("RIFF", "WEBP" + riff_chunk("VP8X", extended) + simple.substr(kContainer) +
                                riff_chunk("EXIF", exif));
}

}  // namespace latentrt::testing
