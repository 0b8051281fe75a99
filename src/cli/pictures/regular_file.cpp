#include "cli/pictures/regular_file.hpp"

#include <fmt/format.h>
#include <sys/stat.h>

#include <cerrno>
#include <cstring>
#include <latentrt/error.hpp>

namespace latentrt::cli {

File open_regular(const std::filesystem::path& file) {
  struct stat info {};
  if (stat(file.c_str(), &info) != 0)
    throw Error(Code::not_found, fmt::format("{}: no such file", file.string()));
  if (!S_ISREG(info.st_mode))
    throw Error(Code::bad_file, fmt::format("{}: not a regular file", file.string()));
  File stream(std::fopen(file.c_str(), "rb"), &std::fclose);
  if (!stream)
    throw Error(Code::bad_file, fmt::format("{}: {}", file.string(), std::strerror(errno)));
  return stream;
}

std::vector<std::uint8_t> read_regular(const std::filesystem::path& file, std::uint64_t most) {
  const File stream = open_regular(file);
  const std::uint64_t size = std::filesystem::file_size(file);
  if (size > most) {
    throw Error(Code::bad_file, fmt::format("{}: {} bytes are more than the {} that are read",
                                            file.string(), size, most));
  }
  std::vector<std::uint8_t> bytes(size);
  bytes.resize(std::fread(bytes.data(), 1, bytes.size(), stream.get()));
  return bytes;
}

void check_room(const std::filesystem::path& file, std::uint64_t width, std::uint64_t height,
                double pixels_per_byte) {
  const std::uint64_t bytes = std::filesystem::file_size(file);
  if (static_cast<double>(width * height) <= pixels_per_byte * static_cast<double>(bytes)) return;
  throw Error(Code::bad_file, fmt::format("{}: {} x {} pixels cannot be in a file of {} bytes",
                                          file.string(), width, height, bytes));
}

}  // namespace latentrt::cli
