#include "io/torch_file/zip_directory.hpp"

#include <algorithm>
#include <set>
#include <string_view>
#include <utility>

#include "base/fail.hpp"
#include "base/quote.hpp"
#include "io/torch_file/byte_fields.hpp"
#include "io/torch_file/zip_end.hpp"

namespace latentrt::io {
namespace {

constexpr std::uint32_t kCentral = 0x02014B50, kLocal = 0x04034B50;
constexpr std::uint64_t kCentralBytes = 46, kLocalBytes = 30;
constexpr std::uint64_t kMaxEntries = 100'000, kMaxDirectory = 64u << 20;
constexpr std::uint16_t kExtra64 = 1, kStored = 0;
/// flags: two kinds of encryption, and masked headers
constexpr std::uint16_t kEncrypted = 1u | 1u << 6 | 1u << 13;
/// flag: the local header omits sizes and CRC, which follow the data
constexpr std::uint16_t kSizesFollow = 1u << 3;

/// A record of the directory.
struct Record {
  std::string_view name;
  std::uint16_t flags, method;
  std::uint32_t crc;
  std::uint64_t stored, size, header;
};

/// Begins with the local header, and ends with the data.
struct Extent {
  std::uint64_t begin, end;
  const std::string* name;
};

bool is_plain(std::string_view name) {
  const auto odd = [](char c) { return c < ' ' || c > '~' || c == '\\'; };
  return !name.empty() && name.front() != '/' && name.find("..") == std::string_view::npos &&
         std::ranges::none_of(name, odd);
}

class DirectoryReader {
 public:
  explicit DirectoryReader(const InputFile& file)
      : file_(file), range_(checked(find_zip_directory(file))) {}

  std::vector<ZipEntry> read() {
    std::vector<std::byte> bytes(static_cast<std::size_t>(range_.bytes));
    file_.read(range_.begin, bytes);
    ByteFields fields(bytes);
    entries_.reserve(static_cast<std::size_t>(range_.entries));
    for (std::uint64_t i = 0; i < range_.entries; ++i) add(read_record(fields));
    if (!fields.empty()) refuse("has a directory with more bytes than its entries take");
    check_overlaps();
    return std::move(entries_);
  }

 private:
  [[noreturn]] void refuse(std::string_view problem) const {
    fail(Code::bad_file, "{}: the zip archive {}", file_.path().string(), problem);
  }
  [[noreturn]] void refuse(std::string_view name, std::string_view problem) const {
    fail(Code::bad_file, "{}: entry {} of the zip archive {}", file_.path().string(), quote(name),
         problem);
  }

  ZipDirectoryRange checked(const ZipDirectoryRange& range) const {
    if (range.entries > kMaxEntries)
      refuse(fmt::format("has {} entries; at most {} are read", range.entries, kMaxEntries));
    if (range.bytes > kMaxDirectory || range.bytes / kCentralBytes < range.entries)
      refuse(fmt::format("has a directory of {} bytes for {} entries", range.bytes, range.entries));
    return range;
  }

  Record read_record(ByteFields& fields) const {
    if (fields.take<std::uint32_t>() != kCentral) refuse("has a damaged directory");
    Record record{};
    fields.take<std::uint32_t>();  // versions
    record.flags = fields.take<std::uint16_t>();
    record.method = fields.take<std::uint16_t>();
    fields.take<std::uint32_t>();  // time and date
    record.crc = fields.take<std::uint32_t>();
    record.stored = fields.take<std::uint32_t>();
    record.size = fields.take<std::uint32_t>();
    const auto name = fields.take<std::uint16_t>(), extra = fields.take<std::uint16_t>();
    const auto comment = fields.take<std::uint16_t>();
    fields.take<std::uint64_t>();  // disk and attributes
    record.header = fields.take<std::uint32_t>();
    record.name = fields.take_text(name);
    const auto extras = fields.take_bytes(extra);
    fields.take_bytes(comment);
    if (!fields.complete()) refuse("has a directory that is cut");
    widen(record, extras);
    check(record);
    return record;
  }

  /// Fields with all bits set have their values in the 64-bit extra field, in this order.
  void widen(Record& record, std::span<const std::byte> extras) const {
    ByteFields fields(extras);
    while (!fields.empty()) {
      const auto kind = fields.take<std::uint16_t>(), size = fields.take<std::uint16_t>();
      const auto content = fields.take_bytes(size);
      if (!fields.complete()) refuse(record.name, "has a damaged extra field");
      if (kind != kExtra64) continue;
      ByteFields wide(content);
      for (std::uint64_t* const value : {&record.size, &record.stored, &record.header})
        if (*value == UINT32_MAX) *value = wide.take<std::uint64_t>();
      if (!wide.complete()) refuse(record.name, "has a damaged 64-bit field");
    }
  }

  void check(const Record& record) const {
    if (!is_plain(record.name)) refuse(record.name, "has a name that is not plain ASCII");
    if ((record.flags & kEncrypted) != 0) refuse(record.name, "is encrypted");
    if (record.method == kStored && record.stored != record.size)
      refuse(record.name, "has two sizes");
  }

  void add(const Record& record) {
    const std::uint64_t begin = record.header + local_bytes(record);
    if (begin > range_.begin || record.stored > range_.begin - begin)
      refuse(record.name, "ends outside the file");
    entries_.push_back({.name = std::string(record.name),
                        .begin = begin,
                        .end = begin + record.stored,
                        .crc = record.crc,
                        .compressed = record.method != kStored});
    headers_.push_back(record.header);
    if (!names_.insert(entries_.back().name).second) refuse(record.name, "occurs twice");
  }

  /// Size of the local header that precedes the data. It must agree with the directory.
  std::uint64_t local_bytes(const Record& record) const {
    const std::uint64_t needed = kLocalBytes + record.name.size();
    if (needed > range_.begin || record.header > range_.begin - needed)
      refuse(record.name, "begins outside the file");
    std::vector<std::byte> bytes(static_cast<std::size_t>(needed));
    file_.read(record.header, bytes);
    ByteFields fields(bytes);
    bool same = fields.take<std::uint32_t>() == kLocal;
    fields.take<std::uint16_t>();  // version
    const auto flags = fields.take<std::uint16_t>();
    same &= flags == record.flags && fields.take<std::uint16_t>() == record.method;
    fields.take<std::uint32_t>();  // time and date
    same &= agrees(fields.take<std::uint32_t>(), record.crc, flags);
    same &= agrees(fields.take<std::uint32_t>(), record.stored, flags);
    same &= agrees(fields.take<std::uint32_t>(), record.size, flags);
    const auto name = fields.take<std::uint16_t>(), extra = fields.take<std::uint16_t>();
    if (!same || name != record.name.size() || fields.take_text(name) != record.name)
      refuse(record.name, "has a local header that contradicts the directory");
    return needed + extra;
  }

  static bool agrees(std::uint32_t local, std::uint64_t central, std::uint16_t flags) {
    return local == central || local == UINT32_MAX || ((flags & kSizesFollow) != 0 && local == 0);
  }

  void check_overlaps() const {
    std::vector<Extent> extents;
    for (std::size_t i = 0; i < entries_.size(); ++i)
      extents.push_back({headers_[i], entries_[i].end, &entries_[i].name});
    std::ranges::sort(extents, {}, [](const Extent& e) { return std::pair(e.begin, e.end); });
    for (std::size_t i = 1; i < extents.size(); ++i) {
      if (extents[i].begin < extents[i - 1].end)
        refuse(*extents[i].name, fmt::format("overlaps entry {}", quote(*extents[i - 1].name)));
    }
  }

  const InputFile& file_;
  ZipDirectoryRange range_;
  std::vector<ZipEntry> entries_;
  std::vector<std::uint64_t> headers_;  // where the local headers of entries_ begin
  std::set<std::string_view> names_;    // in entries_, which does not grow beyond its reserve
};

}  // namespace

std::vector<ZipEntry> read_zip_directory(const InputFile& file) {
  return DirectoryReader(file).read();
}

}  // namespace latentrt::io
