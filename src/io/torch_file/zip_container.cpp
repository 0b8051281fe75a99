#include <algorithm>
#include <array>
#include <optional>
#include <vector>

#include "base/fail.hpp"
#include "base/quote.hpp"
#include "io/torch_file/containers.hpp"
#include "io/torch_file/crc32.hpp"
#include "io/torch_file/pickle_reader.hpp"
#include "io/torch_file/zip_directory.hpp"

namespace latentrt::io {
namespace {

constexpr std::string_view kPickle = "data.pkl";
constexpr std::uint64_t kMaxPickle = 64u << 20;

using Entries = std::vector<ZipEntry>;

/// Whether the entry has that name below any folder.
bool is_named(const ZipEntry& entry, std::string_view name) {
  return entry.name.size() > name.size() && entry.name.ends_with(name) &&
         entry.name.find('/') == entry.name.size() - name.size() - 1;
}

/// The pickle, and the folder that contains all other entries.
const ZipEntry& find_pickle(const Entries& entries, const std::string& path) {
  const auto count =
      std::ranges::count_if(entries, [](const ZipEntry& e) { return is_named(e, kPickle); });
  if (count != 1) {
    fail(Code::bad_file,
         "{}: a zip archive with {} entries of the name {}, and not what torch.save writes; if it "
         "contains a checkpoint, unpack it",
         path, count, kPickle);
  }
  return *std::ranges::find_if(entries, [](const ZipEntry& e) { return is_named(e, kPickle); });
}

void refuse_programs(const Entries& entries, const std::string& folder, const std::string& path) {
  for (const ZipEntry& entry : entries) {
    const bool code = entry.name.starts_with(folder + "code/") || entry.name.ends_with(".py") ||
                      is_named(entry, "constants.pkl");
    if (code) {
      fail(Code::unsafe_file,
           "{}: a TorchScript program (it contains {}), which is not read; save its state_dict "
           "with torch.save, or convert it to safetensors",
           path, quote(entry.name));
    }
  }
}

void refuse_compressed(const Entries& entries, const std::string& path) {
  const auto found = std::ranges::find_if(entries, &ZipEntry::compressed);
  if (found == entries.end()) return;
  fail(Code::bad_file, "{}: entry {} of the zip archive is compressed, which torch.save never does",
       path, quote(found->name));
}

void check_byte_order(const InputFile& file, const ZipEntry& entry) {
  constexpr std::string_view kLittle = "little";
  std::array<char, kLittle.size()> text{};
  if (entry.size() == text.size()) file.read(entry.begin, std::as_writable_bytes(std::span(text)));
  if (std::string_view(text.data(), text.size()) != kLittle) {
    fail(Code::unsupported,
         "{}: written on a machine that is not little-endian; save it again on another one",
         file.path().string());
  }
}

void check_pickle(const InputFile& file, const ZipEntry& entry) {
  if (entry.size() > kMaxPickle) {
    fail(Code::bad_file, "{}: its pickle has {} bytes; at most {} are read", file.path().string(),
         entry.size(), kMaxPickle);
  }
  const bool given = entry.crc != 0;  // writers may omit it
  if (given && crc32_of(file, entry.begin, entry.end) != entry.crc)
    fail(Code::bad_file, "{}: its pickle is damaged: the checksum differs", file.path().string());
}

/// Nothing but zeros may follow the value.
void check_padding(PickleInput& input) {
  while (input.left() > 0) {
    const std::uint64_t at = input.position();
    if (input.byte() != 0) input.refuse(at, "goes on after its end");
  }
}

}  // namespace

Unpacked unpack_zip(const InputFile& file) {
  const Entries entries = read_zip_directory(file);
  const std::string path = file.path().string();
  const ZipEntry& pickle = find_pickle(entries, path);
  const std::string folder = pickle.name.substr(0, pickle.name.size() - kPickle.size());
  refuse_programs(entries, folder, path);
  refuse_compressed(entries, path);
  check_pickle(file, pickle);
  Unpacked result;
  const std::string data = folder + "data/";
  for (const ZipEntry& entry : entries) {
    if (entry.name == folder + "byteorder") check_byte_order(file, entry);
    if (entry.name.starts_with(data))
      result.storages.emplace(entry.name.substr(data.size()), ByteRange{entry.begin, entry.end});
  }
  PickleInput input(file, pickle.begin, pickle.end);
  result.root = read_pickle(input, result.values);
  check_padding(input);
  return result;
}

}  // namespace latentrt::io
