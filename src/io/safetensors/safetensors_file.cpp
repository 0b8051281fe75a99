#include <bit>
#include <mutex>
#include <utility>

#include "base/fail.hpp"
#include "base/input_file.hpp"
#include "io/file_kind.hpp"
#include "io/safetensors/safetensors.hpp"
#include "io/safetensors/safetensors_header.hpp"

namespace latentrt::io {
namespace {

static_assert(std::endian::native == std::endian::little, "safetensors data is little-endian");

/// the file begins with the header's length as a 64-bit integer
constexpr std::uint64_t kPrefix = 8;
constexpr std::uint64_t kMaxHeader = 100'000'000;

[[noreturn]] void refuse(const InputFile& file, std::string_view problem) {
  refuse_other_formats(file);
  fail(Code::bad_file, "{}: not a safetensors file: {}", file.path().string(), problem);
}

/// The length of the header, checked against the file before anything is allocated.
std::uint64_t header_length(const InputFile& file) {
  if (file.size() < kPrefix) refuse(file, fmt::format("{} bytes are too few", file.size()));
  std::uint64_t length = 0;
  file.read(0, std::as_writable_bytes(std::span(&length, 1)));
  if (length < 2 || length > kMaxHeader || length > file.size() - kPrefix) {
    refuse(file, fmt::format("a header of {} bytes in a file of {}", length, file.size()));
  }
  char first = 0;
  file.read(kPrefix, std::as_writable_bytes(std::span(&first, 1)));
  if (first != '{') refuse(file, "the header does not start with '{'");
  return length;
}

}  // namespace

struct SafetensorsFile::State {
  explicit State(const std::filesystem::path& path) : file(path) {}

  std::string header() const {
    std::string text(static_cast<std::size_t>(data_start - kPrefix), '\0');
    file.read(kPrefix, std::as_writable_bytes(std::span(text)));
    return text;
  }

  InputFile file;
  std::uint64_t data_start = 0;
  std::map<std::string, TensorInfo> tensors;
  mutable std::once_flag metadata_read;
  mutable std::map<std::string, std::string> metadata;  ///< set by metadata_read
};

SafetensorsFile SafetensorsFile::open(const std::filesystem::path& path) {
  auto state = std::make_shared<State>(path);
  state->data_start = kPrefix + header_length(state->file);
  state->tensors = parse_safetensors_header(state->header(), state->file.size() - state->data_start,
                                            path.string());
  SafetensorsFile file;
  file.state_ = std::move(state);
  return file;
}

const std::filesystem::path& SafetensorsFile::path() const noexcept { return state_->file.path(); }

const std::map<std::string, TensorInfo>& SafetensorsFile::tensors() const noexcept {
  return state_->tensors;
}

const std::map<std::string, std::string>& SafetensorsFile::metadata() const {
  std::call_once(state_->metadata_read, [&] {
    state_->metadata = parse_safetensors_metadata(state_->header(), path().string());
  });
  return state_->metadata;
}

void SafetensorsFile::read(const TensorInfo& info, std::span<std::byte> dst) const {
  if (dst.size() != info.bytes()) {
    fail(Code::internal, "{}: a tensor of {} bytes was read into {}", path().string(), info.bytes(),
         dst.size());
  }
  state_->file.read(state_->data_start + info.begin, dst);
}

}  // namespace latentrt::io
