#include "io/file_kind.hpp"

#include <algorithm>
#include <array>
#include <string>
#include <string_view>

#include "base/fail.hpp"

namespace latentrt::io {
namespace {

/// A format that files named .safetensors turn out to be, told from bytes at a fixed place.
struct Format {
  std::size_t offset;
  std::string_view signature;
  Code code;
  std::string_view explanation;
};

constexpr std::string_view kPickle =
    "a pickle, which can run code when it is read; convert it to safetensors";
constexpr std::string_view kZip =
    "a zip archive (a PyTorch or TorchScript checkpoint), which can run code when it is read; "
    "convert it to safetensors";
constexpr std::string_view kArchive =
    "an archive, which may hold a pickle; unpack it and convert it to safetensors";
constexpr std::string_view kPage =
    "a web page or XML instead of the file that was to be downloaded";

constexpr std::array<Format, 13> kFormats{{
    {0, "PK\x03\x04", Code::unsafe_file, kZip},
    {0, "\x80\x01", Code::unsafe_file, kPickle},
    {0, "\x80\x02", Code::unsafe_file, kPickle},
    {0, "\x80\x03", Code::unsafe_file, kPickle},
    {0, "\x80\x04", Code::unsafe_file, kPickle},
    {0, "\x80\x05", Code::unsafe_file, kPickle},
    {257, "ustar", Code::unsafe_file, kArchive},
    {0, "\x1F\x8B", Code::unsafe_file, kArchive},
    {0, "BZh", Code::unsafe_file, kArchive},
    {0,
     "\xFD"
     "7zXZ",
     Code::unsafe_file, kArchive},
    {0, "GGUF", Code::bad_file, "a GGUF file, which is not supported; use safetensors"},
    {0, "version https://git-lfs", Code::bad_file,
     "a Git LFS pointer; fetch the real file with git lfs pull"},
    {0, "<", Code::bad_file, kPage},
}};

constexpr std::size_t kSniffed = 512;

}  // namespace

void refuse_other_formats(const InputFile& file) {
  std::string head(static_cast<std::size_t>(std::min<std::uint64_t>(kSniffed, file.size())), '\0');
  file.read(0, std::as_writable_bytes(std::span(head)));
  for (const Format& format : kFormats) {
    if (head.size() < format.offset) continue;
    if (!std::string_view(head).substr(format.offset).starts_with(format.signature)) continue;
    fail(format.code, "{}: this is {}", file.path().string(), format.explanation);
  }
}

}  // namespace latentrt::io
