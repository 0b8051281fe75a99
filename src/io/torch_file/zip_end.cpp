#include "io/torch_file/zip_end.hpp"

#include <algorithm>
#include <vector>

#include "base/fail.hpp"
#include "io/torch_file/byte_fields.hpp"

namespace latentrt::io {
namespace {

constexpr std::uint32_t kEnd = 0x06054B50, kEnd64 = 0x06064B50, kLocator64 = 0x07064B50;
constexpr std::uint64_t kEndBytes = 22, kEnd64Bytes = 56, kLocator64Bytes = 20;
constexpr std::uint64_t kMaxComment = UINT16_MAX;

std::vector<std::byte> bytes_at(const InputFile& file, std::uint64_t begin, std::uint64_t count) {
  std::vector<std::byte> bytes(static_cast<std::size_t>(count));
  file.read(begin, bytes);
  return bytes;
}

[[noreturn]] void refuse(const InputFile& file, std::string_view problem) {
  fail(Code::bad_file, "{}: the zip archive {}", file.path().string(), problem);
}

/// Only a comment, whose length the record contains, may follow it.
bool ends_archive(std::span<const std::byte> rest) {
  ByteFields fields(rest);
  const bool signed_end = fields.take<std::uint32_t>() == kEnd;
  fields.take_bytes(kEndBytes - sizeof(kEnd) - sizeof(std::uint16_t));
  const auto comment = fields.take<std::uint16_t>();
  return signed_end && fields.complete() && rest.size() == kEndBytes + comment;
}

std::uint64_t find_end(const InputFile& file) {
  const std::uint64_t searched = std::min(file.size(), kEndBytes + kMaxComment);
  const std::vector<std::byte> tail = bytes_at(file, file.size() - searched, searched);
  for (std::size_t at = tail.size() + 1; at-- > 0;) {
    if (ends_archive(std::span(tail).subspan(at))) return file.size() - searched + at;
  }
  refuse(file, "has no directory at its end: the file is cut or damaged");
}

/// The contents of the records, and the position of the first one.
struct EndRecord {
  ZipDirectoryRange range;
  std::uint64_t begin;
};

EndRecord read_end(const InputFile& file, std::uint64_t at) {
  const std::vector<std::byte> bytes = bytes_at(file, at, kEndBytes);
  ByteFields fields(bytes);
  fields.take<std::uint32_t>();
  const auto disk = fields.take<std::uint16_t>(), first_disk = fields.take<std::uint16_t>();
  const auto here = fields.take<std::uint16_t>(), entries = fields.take<std::uint16_t>();
  const auto size = fields.take<std::uint32_t>(), begin = fields.take<std::uint32_t>();
  if (disk != 0 || first_disk != 0 || here != entries) refuse(file, "is one part of several");
  return {{entries, begin, size}, at};
}

/// The position of the 64-bit record; 0 for archives without one.
std::uint64_t find_end64(const InputFile& file, std::uint64_t end) {
  if (end < kLocator64Bytes + kEnd64Bytes) return 0;
  const std::vector<std::byte> bytes = bytes_at(file, end - kLocator64Bytes, kLocator64Bytes);
  ByteFields fields(bytes);
  if (fields.take<std::uint32_t>() != kLocator64) return 0;
  fields.take<std::uint32_t>();
  const auto at = fields.take<std::uint64_t>();
  if (at == 0 || at > end - kLocator64Bytes - kEnd64Bytes)
    refuse(file, "says that its 64-bit directory is outside the file");
  return at;
}

/// A 32-bit field contains either the same value, or all bits set.
template <class T>
bool agrees(std::uint64_t narrow, std::uint64_t wide) {
  return narrow == T(~T{0}) || narrow == wide;
}

EndRecord read_end64(const InputFile& file, std::uint64_t at, const ZipDirectoryRange& narrow) {
  constexpr std::size_t kBeforeCounts = 8 + 2 + 2 + 4 + 4;
  const std::vector<std::byte> bytes = bytes_at(file, at, kEnd64Bytes);
  ByteFields fields(bytes);
  if (fields.take<std::uint32_t>() != kEnd64) refuse(file, "has no 64-bit directory record");
  fields.take_bytes(kBeforeCounts);
  const auto here = fields.take<std::uint64_t>(), entries = fields.take<std::uint64_t>();
  const auto size = fields.take<std::uint64_t>(), begin = fields.take<std::uint64_t>();
  if (here != entries || !agrees<std::uint16_t>(narrow.entries, entries) ||
      !agrees<std::uint32_t>(narrow.bytes, size) || !agrees<std::uint32_t>(narrow.begin, begin))
    refuse(file, "has two directory records that contradict each other");
  return {{entries, begin, size}, at};
}

}  // namespace

ZipDirectoryRange find_zip_directory(const InputFile& file) {
  EndRecord end = read_end(file, find_end(file));
  if (const std::uint64_t at = find_end64(file, end.begin)) end = read_end64(file, at, end.range);
  const ZipDirectoryRange& range = end.range;
  if (range.bytes > end.begin || range.begin > end.begin - range.bytes)
    refuse(file, "has a directory that lies outside the file");
  return range;
}

}  // namespace latentrt::io
