#include <algorithm>
#include <latentrt/convert.hpp>

#include "base/atomic_file.hpp"
#include "base/cancel.hpp"
#include "base/fail.hpp"
#include "base/quote.hpp"
#include "io/safetensors/safetensors_start.hpp"
#include "io/tensor_file.hpp"

namespace latentrt {
namespace {

namespace fs = std::filesystem;

using Entry = const std::pair<const std::string, io::TensorInfo>*;

/// The widest types first, so that every tensor is aligned to its elements: other readers view the
/// data in place.
std::vector<Entry> in_written_order(const io::TensorFile& file) {
  std::vector<Entry> entries;
  for (const auto& entry : file.tensors()) entries.push_back(&entry);
  std::ranges::stable_sort(entries, std::greater(),
                           [](Entry entry) { return io::size_of(entry->second.dtype); });
  return entries;
}

std::string start_of(const std::vector<Entry>& entries) {
  std::vector<io::WrittenTensor> written;
  for (const Entry entry : entries)
    written.push_back(
        {entry->first, entry->second.dtype, entry->second.shape, entry->second.bytes()});
  return io::safetensors_start(written, {{"format", "pt"}});
}

/// Copies the bytes of tensors in parts.
class Copy {
 public:
  Copy(const io::TensorFile& file, AtomicFile& output, const ConversionProgress& progress,
       std::uint64_t all)
      : file_(file), output_(output), progress_(progress), all_(all) {}

  void operator()(const io::TensorInfo& info) {
    constexpr std::uint64_t kPart = 4u << 20;  // a multiple of every element's size
    io::TensorInfo part = info;
    for (; part.begin < info.end; part.begin = part.end) {
      check_cancel_();
      part.end = part.begin + std::min(kPart, info.end - part.begin);
      bytes_.resize(static_cast<std::size_t>(part.bytes()));
      file_.read(part, bytes_);
      output_.write(bytes_);
      written_ += bytes_.size();
      if (progress_) progress_(written_, all_);
    }
  }

 private:
  const io::TensorFile& file_;
  AtomicFile& output_;
  const ConversionProgress& progress_;
  const std::uint64_t all_;
  const CancelCheck check_cancel_;
  std::vector<std::byte> bytes_;
  std::uint64_t written_ = 0;
};

}  // namespace

Conversion convert_to_safetensors(const fs::path& input, const fs::path& output,
                                  const ConversionProgress& progress) {
  const io::TensorFile file = io::TensorFile::open(input);
  std::error_code ignored;
  if (fs::equivalent(input, output, ignored))
    fail(Code::invalid_argument, "{}: the output is the input", output.string());
  if (file.tensors().empty()) fail(Code::bad_file, "{}: contains no tensors", input.string());
  Conversion result{.tensors = file.tensors().size(), .bytes = 0, .left_out = {}};
  for (const auto& [name, info] : file.tensors()) result.bytes += info.bytes();
  for (const auto& [name, words] : file.others())
    result.left_out.push_back(fmt::format("{} is {}", quote(name), words));
  const std::vector<Entry> entries = in_written_order(file);
  const std::string start = start_of(entries);
  AtomicFile target(output);
  target.write(std::as_bytes(std::span(start)));
  Copy copy(file, target, progress, result.bytes);
  for (const Entry entry : entries) copy(entry->second);
  target.commit();
  return result;
}

}  // namespace latentrt
