#include "cli/pictures/picture_file.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <array>
#include <cctype>
#include <latentrt/error.hpp>
#include <string>
#include <string_view>

#include "cli/pictures/jpeg.hpp"
#include "cli/pictures/png.hpp"
#include "cli/pictures/regular_file.hpp"
#include "cli/pictures/webp.hpp"

namespace latentrt::cli {
namespace {

struct Format {
  std::string_view name;
  std::size_t at;  ///< offset of the signature in the file
  std::string_view mark;
  /// null for formats that are recognised but not read
  Image (*read)(const std::filesystem::path&);
};

constexpr std::array<Format, 11> kFormats{{{"PNG", 0, "\x89PNG", read_png},
                                           {"JPEG", 0, "\xFF\xD8\xFF", read_jpeg},
                                           {"WebP", 8, "WEBP", read_webp},
                                           {"GIF", 0, "GIF8", nullptr},
                                           {"BMP", 0, "BM", nullptr},
                                           {"TIFF", 0, "II*", nullptr},
                                           {"TIFF", 0, "MM", nullptr},
                                           {"HEIC", 4, "ftyphe", nullptr},
                                           {"HEIC", 4, "ftypmif1", nullptr},
                                           {"AVIF", 4, "ftypavif", nullptr},
                                           {"JPEG XL", 4, "JXL ", nullptr}}};

constexpr std::array<std::string_view, 4> kEndings{".png", ".jpg", ".jpeg", ".webp"};

std::string beginning_of(const std::filesystem::path& file) {
  constexpr std::size_t kBytes = 16;
  std::string bytes(kBytes, '\0');
  bytes.resize(std::fread(bytes.data(), 1, kBytes, open_regular(file).get()));
  return bytes;
}

}  // namespace

Image read_picture(const std::filesystem::path& file) {
  const std::string beginning = beginning_of(file);
  const auto format = std::ranges::find_if(kFormats, [&](const Format& known) {
    return std::string_view(beginning)
        .substr(std::min(known.at, beginning.size()))
        .starts_with(known.mark);
  });
  if (format == kFormats.end()) {
    throw Error(Code::bad_file,
                fmt::format("{}: not a picture; PNG, JPEG and WebP files are read", file.string()));
  }
  if (format->read == nullptr) {
    throw Error(
        Code::unsupported,
        fmt::format(
            "{}: a {} file; PNG, JPEG and WebP files are read, so convert it to one of them",
            file.string(), format->name));
  }
  return format->read(file);
}

bool named_like_picture(const std::filesystem::path& file) {
  std::string ending = file.extension().string();
  std::ranges::transform(ending, ending.begin(),
                         [](unsigned char c) { return static_cast<char>(std::tolower(c)); });
  return std::ranges::find(kEndings, ending) != kEndings.end();
}

}  // namespace latentrt::cli
