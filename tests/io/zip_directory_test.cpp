/// Zip archives of stored entries, and those that are damaged on purpose.
#include "io/torch_file/zip_directory.hpp"

#include <gmock/gmock.h>

#include "support/expect_error.hpp"
#include "support/temp_dir.hpp"
#include "support/torch_bytes.hpp"

namespace latentrt::io {
namespace {

using testing::raw;
using testing::zip_bytes;
using testing::ZipBytes;
using testing::ZipPart;

class ZipDirectory : public ::testing::Test {
 protected:
  std::vector<ZipEntry> read(const std::string& bytes) const {
    return read_zip_directory(InputFile(dir_.write("a.zip", bytes)));
  }
  void expect_refused(std::string_view part, const std::string& bytes) const {
    EXPECT_ERROR(Code::bad_file, part, read(bytes));
    EXPECT_ERROR(Code::bad_file, "a.zip: ", read(bytes));
  }
  void expect_parts_refused(std::string_view part, const std::vector<ZipPart>& parts) const {
    expect_refused(part, zip_bytes(parts).whole());
  }

  const testing::TempDir dir_;
};

TEST_F(ZipDirectory, ListsEntriesAndWhereTheirDataIs) {
  const ZipBytes zip = zip_bytes({{"a/x", "123"}, {"a/y", ""}, {"a/z", "4567"}});
  const auto entries = read(zip.whole());
  ASSERT_EQ(entries.size(), 3U);
  EXPECT_EQ(entries[0].name, "a/x");
  EXPECT_EQ(entries[1].size(), 0U);
  const auto begin = static_cast<std::size_t>(entries[2].begin);
  EXPECT_EQ(zip.whole().substr(begin, static_cast<std::size_t>(entries[2].size())), "4567");
}

TEST_F(ZipDirectory, MayBeEmptyOrEndInAComment) {
  EXPECT_TRUE(read(zip_bytes({}).whole()).empty());
  ZipBytes zip = zip_bytes({{"a", "1"}});
  zip.end.replace(zip.end.size() - 2, 2, raw(std::uint16_t{5}));
  EXPECT_EQ(read(zip.whole() + "hello").size(), 1U);
  expect_refused("has no directory at its end", zip.whole() + "hell");
}

TEST_F(ZipDirectory, IsFoundThroughThe64BitRecords) {
  ZipBytes zip = zip_bytes({{"a", "1"}});
  const std::uint64_t begin = zip.parts.size(), bytes = zip.directory.size();
  const auto with_record = [&](std::uint64_t entries, std::uint64_t size, std::uint64_t at,
                               std::uint64_t record_at, const std::string& narrow) {
    const std::string record = "PK\x06\x06" + raw(std::uint64_t{44}) + std::string(12, '\0') +
                               raw(entries) + raw(entries) + raw(size) + raw(at);
    const std::string locator =
        "PK\x06\x07" + raw(std::uint32_t{0}) + raw(record_at) + raw(std::uint32_t{1});
    return zip.parts + zip.directory + record + locator + narrow;
  };
  const std::string ones =
      "PK\x05\x06" + std::string(4, '\0') + std::string(12, '\xFF') + std::string(2, '\0');
  EXPECT_EQ(read(with_record(1, bytes, begin, begin + bytes, ones)).size(), 1U);
  EXPECT_EQ(read(with_record(1, bytes, begin, begin + bytes, zip.end)).size(), 1U);
  expect_refused("contradict each other", with_record(2, bytes, begin, begin + bytes, zip.end));
  expect_refused("outside the file", with_record(1, bytes, begin, std::uint64_t{1} << 63, ones));
  expect_refused("lies outside the file",
                 with_record(1, bytes, UINT64_MAX - 10, begin + bytes, ones));
  expect_refused("has 100001 entries; at most 100000",
                 with_record(100'001, bytes, begin, begin + bytes, ones));
  expect_refused("for 2 entries", with_record(2, bytes, begin, begin + bytes, ones));
}

TEST_F(ZipDirectory, EntriesArePlain) {
  EXPECT_TRUE(read(zip_bytes({{"a", "1", 0, 8}}).whole()).at(0).compressed);
  expect_parts_refused("is encrypted", {{"a", "1", 1}});
  for (const char* name : {"../a", "a/../b", "/a", "a\\b", "caf\xC3\xA9", "a\nb"})
    expect_parts_refused("has a name that is not plain ASCII", {{name, "1"}});
  expect_parts_refused("entry \"a\" of the zip archive occurs twice", {{"a", "1"}, {"a", "2"}});
}

TEST_F(ZipDirectory, LocalHeadersMustAgree) {
  ZipPart part{"a", "1"};
  part.local_name = "b";
  expect_parts_refused("contradicts the directory", {part});
  ZipBytes zip = zip_bytes({{"a", "1"}});
  zip.parts.replace(18, 8, raw(std::uint64_t{0x0000000200000002}));  // both sizes
  expect_refused("contradicts the directory", zip.whole());
  zip.parts.replace(18, 8, std::string(8, '\0'));
  expect_refused("contradicts the directory", zip.whole());
}

/// Some writers write sizes and checksum only after the data.
TEST_F(ZipDirectory, SizesMayFollowTheData) {
  ZipBytes zip = zip_bytes({{"a", "1", 8, 0, 77}});
  zip.parts.replace(14, 12, std::string(12, '\0'));
  const auto entries = read(zip.whole());
  ASSERT_EQ(entries.size(), 1U);
  EXPECT_EQ(entries[0].size(), 1U);
  EXPECT_EQ(entries[0].crc, 77U);
}

TEST_F(ZipDirectory, EntriesLieInTheFileAndApart) {
  ZipPart second{"b", "2"};
  second.moved = -32;  // at the first header, which has another name
  expect_parts_refused("contradicts the directory", {{"a", "1"}, second});
  second.moved = 1000;
  expect_parts_refused("\"b\" of the zip archive begins outside the file", {{"a", "1"}, second});
  ZipBytes long_entry = zip_bytes({{"a", "1"}});
  for (const std::size_t at : {18U, 22U}) long_entry.parts.replace(at, 4, raw(std::uint32_t{1000}));
  for (const std::size_t at : {20U, 24U})
    long_entry.directory.replace(at, 4, raw(std::uint32_t{1000}));
  expect_refused("ends outside the file", long_entry.whole());
}

/// The first entry's data contain the second one with its header.
TEST_F(ZipDirectory, EntriesMustNotOverlap) {
  const std::string inner = testing::zip_local({"b", "2"});
  const ZipPart outer{"a", inner};
  ZipBytes zip = zip_bytes({outer});
  zip.directory += testing::zip_central({"b", "2"}, static_cast<std::uint32_t>(31));
  zip.end = testing::zip_end(2, zip.directory.size(), zip.parts.size());
  expect_refused("entry \"b\" of the zip archive overlaps entry \"a\"", zip.whole());
}

TEST_F(ZipDirectory, DamagedRecordsAreRefused) {
  ZipBytes zip = zip_bytes({{"a", "1"}});
  ZipBytes damaged = zip;
  damaged.directory[0] = 'Q';
  expect_refused("has a damaged directory", damaged.whole());
  damaged = zip;
  damaged.directory.replace(28, 2, raw(std::uint16_t{60000}));
  expect_refused("has a directory that is cut", damaged.whole());
  damaged = zip;
  damaged.directory += '\0';
  damaged.end = testing::zip_end(1, damaged.directory.size(), damaged.parts.size());
  expect_refused("more bytes than its entries take", damaged.whole());
  damaged = zip;
  damaged.end.replace(4, 2, raw(std::uint16_t{1}));
  expect_refused("one part of several", damaged.whole());
  expect_refused("has no directory at its end", "PK\x03\x04");
  expect_refused("has no directory at its end", "");
}

TEST_F(ZipDirectory, WideSizesAreInTheExtraField) {
  const auto with_extra = [&](const std::string& extra) {
    ZipBytes zip = zip_bytes({{"a", "1"}});
    zip.directory.replace(20, 8, std::string(8, '\xFF'));
    zip.directory.replace(30, 2, raw(static_cast<std::uint16_t>(extra.size())));
    zip.directory += extra;
    zip.end = testing::zip_end(1, zip.directory.size(), zip.parts.size());
    return zip.whole();
  };
  const auto field = [](const std::string& content) {
    return raw(std::uint16_t{1}) + raw(static_cast<std::uint16_t>(content.size())) + content;
  };
  const std::string one = raw(std::uint64_t{1});
  EXPECT_EQ(read(with_extra(field(one + one))).at(0).size(), 1U);
  expect_refused("has a damaged 64-bit field", with_extra(field(one)));
  expect_refused("has a damaged extra field", with_extra("\x01"));
  const std::string huge = raw(UINT64_MAX);
  expect_refused("contradicts the directory", with_extra(field(huge + huge)));
}

}  // namespace
}  // namespace latentrt::io
