#include <array>
#include <bit>
#include <cstring>
#include <utility>

#include "base/fail.hpp"
#include "base/input_file.hpp"
#include "io/safetensors.hpp"
#include "io/safetensors_header.hpp"

namespace latentrt::io {
namespace {

static_assert(std::endian::native == std::endian::little, "safetensors data is little-endian");

constexpr std::uint64_t kPrefix = 8;  ///< the header's length comes first, as a 64-bit number
constexpr std::uint64_t kMaxHeader = 100u << 20;
constexpr std::size_t kSniffed = 64;

/// Files that are often named .safetensors, told from their first bytes.
struct Impostor {
  std::string_view start;
  Code code;
  std::string_view explanation;
};

constexpr std::string_view kConvert =
    "a pickle or zip archive, which can run code when it is read; convert it to safetensors";
constexpr std::array<Impostor, 7> kImpostors{{{"<", Code::bad_file, "a web page or XML, not the file that was meant to be downloaded"},
                                              {"version https://git-lfs", Code::bad_file, "a Git LFS pointer; fetch the real file with git lfs pull"},
                                              {"PK\x03\x04", Code::unsafe_file, kConvert},
                                              {"\x80\x02", Code::unsafe_file, kConvert},
                                              {"\x80\x04", Code::unsafe_file, kConvert},
                                              {"\x1f\x8b", Code::bad_file, "a gzip archive; unpack it first"},
                                              {"GGUF", Code::unsupported, "a GGUF file, which is not supported; use safetensors"}}};

void refuse_impostors(const InputFile& file) {
  std::string head(std::min<std::size_t>(kSniffed, static_cast<std::size_t>(file.size())), '\0');
  file.read(0, std::as_writable_bytes(std::span(head)));
  for (const Impostor& impostor : kImpostors) {
    if (head.starts_with(impostor.start)) fail(impostor.code, "{}: this is {}", file.path().string(), impostor.explanation);
  }
}

/// The length of the header, checked against the file before anything is allocated.
std::uint64_t header_length(const InputFile& file) {
  if (file.size() < kPrefix) fail(Code::bad_file, "{}: {} bytes are too few for a safetensors file", file.path().string(), file.size());
  std::uint64_t length = 0;
  file.read(0, std::as_writable_bytes(std::span(&length, 1)));
  if (length < 2 || length > kMaxHeader || length > file.size() - kPrefix) {
    refuse_impostors(file);
    fail(Code::bad_file, "{}: a header of {} bytes is not possible in a file of {}", file.path().string(), length, file.size());
  }
  return length;
}

}  // namespace

struct SafetensorsFile::State {
  explicit State(const std::filesystem::path& path) : file(path) {}

  InputFile file;
  SafetensorsHeader header;
  std::uint64_t data_start = 0;
};

SafetensorsFile SafetensorsFile::open(const std::filesystem::path& path) {
  auto state = std::make_shared<State>(path);
  const std::uint64_t length = header_length(state->file);
  std::string text(static_cast<std::size_t>(length), '\0');
  state->file.read(kPrefix, std::as_writable_bytes(std::span(text)));
  state->data_start = kPrefix + length;
  state->header = parse_safetensors_header(text, state->file.size() - state->data_start, path.string());
  SafetensorsFile file;
  file.state_ = std::move(state);
  return file;
}

const std::filesystem::path& SafetensorsFile::path() const noexcept { return state_->file.path(); }
const std::map<std::string, TensorInfo>& SafetensorsFile::tensors() const noexcept { return state_->header.tensors; }
const std::map<std::string, std::string>& SafetensorsFile::metadata() const noexcept { return state_->header.metadata; }

void SafetensorsFile::read(const TensorInfo& info, std::span<std::byte> dst) const {
  if (dst.size() != info.bytes()) {
    fail(Code::internal, "{}: a tensor of {} bytes was read into {}", path().string(), info.bytes(), dst.size());
  }
  state_->file.read(state_->data_start + info.begin, dst);
}

}  // namespace latentrt::io
