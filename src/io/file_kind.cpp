#include "io/file_kind.hpp"

#include <algorithm>
#include <array>
#include <string>

#include "base/fail.hpp"
#include "base/quote.hpp"
#include "base/utf8.hpp"

namespace latentrt::io {
namespace {

/// A format, identified by bytes at a fixed offset.
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
constexpr std::string_view kPicture =
    "a picture, not a model; a preview may have been saved under the model's name: download the "
    "model again";

constexpr std::array<Format, 27> kFormats{{
    {0, "PK\x03\x04", Code::unsafe_file, kZip},
    {0, "PK\x05\x06", Code::unsafe_file, kZip},
    {0, "\x80\x01", Code::unsafe_file, kPickle},
    {0, "\x80\x02", Code::unsafe_file, kPickle},
    {0, "\x80\x03", Code::unsafe_file, kPickle},
    {0, "\x80\x04", Code::unsafe_file, kPickle},
    {0, "\x80\x05", Code::unsafe_file, kPickle},
    {257, "ustar", Code::unsafe_file, kArchive},
    {0, "\x1F\x8B", Code::unsafe_file, kArchive},
    {0, "BZh", Code::unsafe_file, kArchive},
    {0, "\x28\xB5\x2F\xFD", Code::unsafe_file, kArchive},
    {0, "7z\xBC\xAF\x27\x1C", Code::unsafe_file, kArchive},
    {0, "Rar!\x1A\x07", Code::unsafe_file, kArchive},
    {0,
     "\xFD"
     "7zXZ",
     Code::unsafe_file, kArchive},
    {0, "GGUF", Code::bad_file, "a GGUF file, which is not supported; use safetensors"},
    {0, "ggml", Code::bad_file, "a GGML file, which is not supported; use safetensors"},
    {0, "lmgg", Code::bad_file, "a GGML file, which is not supported; use safetensors"},
    {0, "tjgg", Code::bad_file, "a GGML file, which is not supported; use safetensors"},
    {0, "\x89HDF\r\n\x1A\n", Code::bad_file,
     "an HDF5 file (Keras weights), which is not supported; use safetensors"},
    {0, "\x93NUMPY", Code::bad_file,
     "a NumPy array, which is not supported; save it as safetensors"},
    {0, "\x08\x03\x12\x07pytorch", Code::bad_file,
     "an ONNX model, which is not supported; use the safetensors that it was made from"},
    {0, "version https://git-lfs", Code::bad_file,
     "a Git LFS pointer; fetch the real file with git lfs pull"},
    {0, "\x89PNG\r\n\x1A\n", Code::bad_file, kPicture},
    {0, "\xFF\xD8\xFF", Code::bad_file, kPicture},
    {0, "GIF8", Code::bad_file, kPicture},
    {8, "WEBPVP8", Code::bad_file, kPicture},
    {0, "%PDF-", Code::bad_file, "a PDF document, not a model; download the model again"},
}};

constexpr std::array<std::string_view, 9> kPageStarts{
    "<!doctype", "<!--", "<html", "<head", "<body", "<?xml", "<title", "<script", "<error"};

constexpr std::size_t kSniffed = 512;

std::string_view without_leading_space(std::string_view text) {
  if (text.starts_with("\xEF\xBB\xBF")) text.remove_prefix(3);
  text.remove_prefix(std::min(text.find_first_not_of(" \t\r\n"), text.size()));
  return text;
}

bool begins_like_a_page(std::string_view text) {
  const auto lower = [](char c) { return c >= 'A' && c <= 'Z' ? static_cast<char>(c + 32) : c; };
  return std::ranges::any_of(kPageStarts, [&](std::string_view start) {
    return text.size() >= start.size() &&
           std::ranges::equal(text.substr(0, start.size()), start, {}, lower);
  });
}

/// In JSON a container's first member follows its bracket.
bool begins_like_json(std::string_view text) {
  if (!text.starts_with('{') && !text.starts_with('[')) return false;
  const std::string_view inside = without_leading_space(text.substr(1));
  return inside.starts_with('"') || inside.starts_with('{') || inside.starts_with('}') ||
         inside.starts_with(']');
}

/// The beginning of a text, for an error sentence.
std::string shown(std::string_view text) {
  constexpr std::size_t kShown = 100;
  std::size_t end = std::min(text.size(), kShown);
  while (end > 0 && first_invalid_utf8(text.substr(0, end))) --end;
  return quote(text.substr(0, end)) + (end < text.size() ? "..." : "");
}

void refuse_known_format(std::string_view head, const std::filesystem::path& file) {
  for (const Format& format : kFormats) {
    if (head.size() < format.offset) continue;
    if (!head.substr(format.offset).starts_with(format.signature)) continue;
    fail(format.code, "{}: this is {}", file.string(), format.explanation);
  }
  if (begins_like_a_page(without_leading_space(head))) {
    fail(Code::bad_file,
         "{}: this is a web page or XML instead of the file that was to be downloaded; download it "
         "again, signed in where the site asks for it",
         file.string());
  }
}

}  // namespace

void refuse_other_formats(const InputFile& file) {
  if (file.size() == 0) {
    fail(Code::bad_file, "{}: this file is empty; download or copy it again", file.path().string());
  }
  std::string head(static_cast<std::size_t>(std::min<std::uint64_t>(kSniffed, file.size())), '\0');
  file.read(0, std::as_writable_bytes(std::span(head)));
  refuse_known_format(head, file.path());
  const std::string_view text = without_leading_space(head);
  if (begins_like_json(text)) {
    fail(
        Code::bad_file,
        "{}: this is JSON text, not a model; it begins {}; where that is a site's answer, download "
        "the file again, signed in if the site asks for it",
        file.path().string(), shown(text));
  }
}

void refuse_other_text(std::string_view content, const std::filesystem::path& file) {
  refuse_known_format(content.substr(0, kSniffed), file);
}

}  // namespace latentrt::io
