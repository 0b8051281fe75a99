#include <bit>
#include <memory>
#include <mutex>

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

class SafetensorsContent final : public TensorFile::Content {
 public:
  explicit SafetensorsContent(const std::filesystem::path& path)
      : file_(path), data_start_(kPrefix + header_length(file_)) {
    tensors_ = parse_safetensors_header(header(), file_.size() - data_start_, path.string());
  }

  const std::filesystem::path& path() const noexcept override { return file_.path(); }
  const TensorFile::Tensors& tensors() const noexcept override { return tensors_; }
  const TensorFile::Texts& others() const noexcept override { return no_others_; }

  const TensorFile::Texts& metadata() const override {
    std::call_once(metadata_read_,
                   [&] { metadata_ = parse_safetensors_metadata(header(), path().string()); });
    return metadata_;
  }

  void read(std::uint64_t begin, std::span<std::byte> dst) const override {
    file_.read(data_start_ + begin, dst);
  }

 private:
  std::string header() const {
    std::string text(static_cast<std::size_t>(data_start_ - kPrefix), '\0');
    file_.read(kPrefix, std::as_writable_bytes(std::span(text)));
    return text;
  }

  InputFile file_;
  std::uint64_t data_start_;
  TensorFile::Tensors tensors_;
  TensorFile::Texts no_others_;
  mutable std::once_flag metadata_read_;
  mutable TensorFile::Texts metadata_;  // set by metadata_read_
};

}  // namespace

TensorFile open_safetensors(const std::filesystem::path& path) {
  return TensorFile(std::make_shared<const SafetensorsContent>(path));
}

}  // namespace latentrt::io
