#include "cli/pictures/jpeg.hpp"

#include <fmt/format.h>
#include <jerror.h>
#include <setjmp.h>

#include <cstdio>
// After <cstdio>: it uses FILE.
#include <jpeglib.h>

#include <algorithm>
#include <array>
#include <latentrt/error.hpp>
#include <string_view>

#include "cli/pictures/orientation.hpp"
#include "cli/pictures/regular_file.hpp"

namespace latentrt::cli {
namespace {

constexpr std::uint64_t kMostBytes = 1u << 30;
constexpr std::uint32_t kMostSide = 16384;
constexpr int kMostScans = 100;  // of a progressive file; each costs the time of all pixels
constexpr double kPixelsPerByte = 64 * 8;  // a block of 8 x 8 pixels takes at least one bit
constexpr int kExifMarker = JPEG_APP0 + 1;
constexpr unsigned kLongestMarker = 0xFFFF;

/// Callbacks of libjpeg. They must leave libjpeg by longjmp(), which runs no destructors: no frame
/// between run() and here contains an object with a destructor.
struct Decoder {
  explicit Decoder(const std::vector<std::uint8_t>& bytes) {
    info.err = jpeg_std_error(&errors);
    errors.error_exit = [](j_common_ptr common) { of(common).leave(); };
    errors.emit_message = [](j_common_ptr common, int level) { of(common).on_message(level); };
    progress.progress_monitor = [](j_common_ptr common) { of(common).count_scans(); };
    info.client_data = this;
    ready = run([&] {
      jpeg_create_decompress(&info);
      info.progress = &progress;
      jpeg_mem_src(&info, bytes.data(), bytes.size());
      jpeg_save_markers(&info, kExifMarker, kLongestMarker);
    });
  }
  ~Decoder() { jpeg_destroy_decompress(&info); }
  Decoder(const Decoder&) = delete;
  Decoder& operator=(const Decoder&) = delete;

  static Decoder& of(j_common_ptr common) { return *static_cast<Decoder*>(common->client_data); }

  /// False if libjpeg failed; `words` contains the reason.
  template <class Work>
  [[gnu::noinline]] bool run(const Work& work) {
    if (setjmp(back) != 0) return false;
    work();
    return true;
  }

  [[noreturn]] void leave() {
    if (words[0] == '\0')
      errors.format_message(reinterpret_cast<j_common_ptr>(&info), words.data());
    longjmp(back, 1);
  }

  /// After damage libjpeg continues, with grey for missing pixels.
  void on_message(int level) {
    constexpr std::array kDamage{JWRN_HIT_MARKER, JWRN_HUFF_BAD_CODE, JWRN_JPEG_EOF,
                                 JWRN_MUST_RESYNC};
    if (level < 0 && std::ranges::find(kDamage, errors.msg_code) != kDamage.end()) leave();
  }

  void count_scans() {
    if (info.input_scan_number <= kMostScans) return;
    std::snprintf(words.data(), words.size(), "it has more than %d scans", kMostScans);
    leave();
  }

  jpeg_decompress_struct info{};
  jpeg_error_mgr errors{};
  jpeg_progress_mgr progress{};
  jmp_buf back{};
  std::array<char, JMSG_LENGTH_MAX> words{};
  bool ready = false;
};

int orientation_of(const jpeg_decompress_struct& info) {
  constexpr std::string_view kExif("Exif\0\0", 6);
  for (const jpeg_marker_struct* marker = info.marker_list; marker != nullptr;
       marker = marker->next) {
    const std::span bytes(marker->data, marker->data_length);
    if (bytes.size() >= kExif.size() && std::equal(kExif.begin(), kExif.end(), bytes.begin()))
      return exif_orientation(bytes);
  }
  return 1;
}

void check_kind(const std::filesystem::path& file, const jpeg_decompress_struct& info) {
  if (info.jpeg_color_space == JCS_CMYK || info.jpeg_color_space == JCS_YCCK)
    throw Error(Code::unsupported,
                fmt::format("{}: a JPEG file in CMYK; convert it to RGB", file.string()));
  if (std::max(info.image_width, info.image_height) > kMostSide) {
    throw Error(Code::bad_file,
                fmt::format("{}: {} x {} pixels: a side of more than {} is not read", file.string(),
                            info.image_width, info.image_height, kMostSide));
  }
  check_room(file, info.image_width, info.image_height, kPixelsPerByte);
}

void read_rows(jpeg_decompress_struct& info, std::uint8_t* pixels) {
  info.out_color_space = JCS_RGB;
  jpeg_start_decompress(&info);
  while (info.output_scanline < info.output_height) {
    JSAMPROW row = pixels + std::size_t{3} * info.output_width * info.output_scanline;
    jpeg_read_scanlines(&info, &row, 1);
  }
  jpeg_finish_decompress(&info);
}

}  // namespace

Image read_jpeg(const std::filesystem::path& file) {
  const std::vector<std::uint8_t> bytes = read_regular(file, kMostBytes);
  Decoder decoder(bytes);
  const auto require = [&](bool done) {
    if (!done)
      throw Error(Code::bad_file, fmt::format("{}: not a usable JPEG file: {}", file.string(),
                                              decoder.words.data()));
  };
  require(decoder.ready);
  require(decoder.run([&] { jpeg_read_header(&decoder.info, TRUE); }));
  check_kind(file, decoder.info);
  const int orientation = orientation_of(decoder.info);  // before the decoder discards its markers
  const auto [width, height] = std::pair(decoder.info.image_width, decoder.info.image_height);
  Image image{static_cast<int>(width), static_cast<int>(height),
              std::vector<std::uint8_t>(std::size_t{3} * width * height)};
  std::uint8_t* const pixels = image.pixels.data();
  require(decoder.run([&] { read_rows(decoder.info, pixels); }));
  return oriented(std::move(image), orientation);
}

}  // namespace latentrt::cli
