#include <gtest/gtest.h>
#include <sys/stat.h>

#include <atomic>
#include <thread>

#include "io/safetensors/safetensors.hpp"
#include "safetensors_bytes.hpp"
#include "support/expect_error.hpp"
#include "support/memory_limit.hpp"
#include "support/temp_dir.hpp"

namespace latentrt::io {
namespace {

using testing::bytes_of;
using testing::entry;
using testing::file_with_length;
using testing::safetensors_file;
using testing::TempDir;

std::string read(const TensorFile& file, const std::string& name) {
  const TensorInfo& info = file.tensors().at(name);
  std::string bytes(static_cast<std::size_t>(info.bytes()), '\0');
  file.read(info, std::as_writable_bytes(std::span(bytes)));
  return bytes;
}

void expect_bad(const TempDir& dir, std::string_view content, std::string_view part) {
  const auto path = dir.write("m.safetensors", content);
  EXPECT_ERROR(Code::bad_file, path.string(), open_safetensors(path));
  EXPECT_ERROR(Code::bad_file, part, open_safetensors(path));
}

TEST(SafetensorsFile, ReadsTensorsAndMetadata) {
  const TempDir dir;
  const auto path =
      dir.write("m.safetensors", safetensors_file("{" + entry("b", "U8", "3", 4, 7) + "," +
                                                      entry("a", "F32", "", 0, 4) +
                                                      R"(,"__metadata__":{"format":"pt"}}  )",
                                                  bytes_of(1.5F) + "xyz"));
  const TensorFile file = open_safetensors(path);
  EXPECT_EQ(file.path(), path);
  EXPECT_EQ(read(file, "a"), bytes_of(1.5F));
  EXPECT_EQ(read(file, "b"), "xyz");
  EXPECT_EQ(file.metadata().at("format"), "pt");
}

TEST(SafetensorsFile, CopiesOutliveTheOriginal) {
  const TempDir dir;
  const auto open = [&] {
    const TensorFile file =
        open_safetensors(dir.write("m.safetensors", testing::file_of("a", "b")));
    return TensorFile(file);
  };
  EXPECT_EQ(read(open(), "b"), bytes_of(1.0F));
}

TEST(SafetensorsFile, AWrongDestinationSizeIsADefectOfTheCaller) {
  const TempDir dir;
  const auto file = open_safetensors(dir.write("m.safetensors", testing::file_of("a")));
  std::byte three[3];
  EXPECT_ERROR(Code::internal, "a tensor of 4 bytes was read into 3",
               (file.read(file.tensors().at("a"), three), 0));
}

TEST(SafetensorsFile, MissingAndSpecialFilesAreRefused) {
  const TempDir dir;
  ASSERT_EQ(mkfifo((dir / "pipe").c_str(), 0600), 0);
  EXPECT_ERROR(Code::not_found, (dir / "none").string(), open_safetensors(dir / "none"));
  EXPECT_ERROR(Code::bad_file, "pipe: not a regular file", open_safetensors(dir / "pipe"));
  EXPECT_ERROR(Code::bad_file, "not a regular file", open_safetensors(dir.path()));
  EXPECT_ERROR(Code::bad_file, "/dev/zero: not a regular file", open_safetensors("/dev/zero"));
}

TEST(SafetensorsRule, R01TheFileHasAtLeastEightBytes) {
  const TempDir dir;
  for (std::size_t size = 0; size < 8; ++size) {
    expect_bad(dir, std::string(size, '\0'),
               size == 0 ? "this file is empty" : std::to_string(size) + " bytes are too few");
  }
}

TEST(SafetensorsRule, R02TheHeaderFitsTheFile) {
  const TempDir dir;
  const std::string rest = "{}" + std::string(100, ' ');
  constexpr std::uint64_t kLengths[] = {
      0, 1, 103, 1ull << 31, 1ull << 32, 1ull << 63, (1ull << 63) - 1, UINT64_MAX, UINT64_MAX - 7};
  for (const std::uint64_t length : kLengths) {
    expect_bad(dir, file_with_length(length, rest),
               "a header of " + std::to_string(length) + " bytes in a file of 110");
  }
  dir.write("m.safetensors", file_with_length(102, rest));
  EXPECT_TRUE(open_safetensors(dir / "m.safetensors").tensors().empty());
}

TEST(SafetensorsRule, R02AHeaderBeyond100MegabytesIsRefusedBeforeItIsRead) {
  const TempDir dir;
  constexpr std::uint64_t kLength = 100'000'001;
  const auto path = dir.write("m.safetensors", file_with_length(kLength, "{"));
  std::filesystem::resize_file(path, 8 + kLength);
  EXPECT_ERROR(Code::bad_file, "a header of 100000001 bytes", open_safetensors(path));
}

/// One tensor of 60 KB after a small header.
TEST(SafetensorsRule, R08ACutFileIsRefusedWhereverItWasCut) {
  const TempDir dir;
  const std::string whole =
      safetensors_file("{" + entry("a", "U8", "61440", 0, 61440) + "}", std::string(61440, 'x'));
  const auto path = dir.write("m.safetensors", whole);
  EXPECT_NO_THROW(open_safetensors(path));
  std::vector<std::size_t> sizes{whole.size() - 1};
  for (std::size_t size = 0; size < 100; ++size) sizes.push_back(size);
  for (std::size_t size = 4096; size < whole.size(); size += 4096) sizes.push_back(size);
  for (const std::size_t size : sizes)
    expect_bad(dir, std::string_view(whole).substr(0, size), "m.safetensors");
}

TEST(SafetensorsRule, R09UnalignedDataIsRead) {
  const TempDir dir;
  for (std::size_t padding = 0; padding < 8; ++padding) {
    const std::string header =
        "{" + entry("b", "U8", "1", 0, 1) + "," + entry("d", "F64", "2", 1, 17) + "}";
    const auto path =
        dir.write("m.safetensors",
                  safetensors_file(header + std::string(padding, ' '), "x" + bytes_of(1.25, -7.0)));
    EXPECT_EQ(read(open_safetensors(path), "d"), bytes_of(1.25, -7.0)) << padding;
  }
}

/// A memory mapping of the file would raise a signal here.
TEST(SafetensorsRule, R11AFileThatIsCutAfterOpeningGivesAnError) {
  const TempDir dir;
  const auto path = dir.write("m.safetensors", testing::file_of("a", "b"));
  const TensorFile file = open_safetensors(path);
  std::filesystem::resize_file(path, std::filesystem::file_size(path) - 4);
  EXPECT_EQ(read(file, "a"), bytes_of(0.0F));
  EXPECT_ERROR(Code::io_error, path.string() + ": the file became shorter", read(file, "b"));
}

/// A sparse file: gigabytes that take no space on the disk.
TEST(SafetensorsRule, R12MemoryIsBoundedByTheHeaderAndTheTensorRead) {
  if (!testing::kCanLimitMemory) GTEST_SKIP() << "address space is not limited under sanitizers";
  const TempDir dir;
  constexpr std::uint64_t kBig = 1ull << 33, kSmall = 1u << 20;
  const auto path =
      dir.write("m.safetensors",
                safetensors_file("{" + entry("big", "U8", "4,2147483647,1", 0, 4ull * 2147483647) +
                                 "," + entry("rest", "U8", "4", kBig - 4, kBig) + "," +
                                 entry("small", "U8", "1048576", kBig, kBig + kSmall) + "}"));
  std::filesystem::resize_file(path, std::filesystem::file_size(path) + kBig + kSmall);
  EXPECT_EXIT(
      {
        testing::limit_further_memory(16u << 20);
        const bool good = read(open_safetensors(path), "small") == std::string(kSmall, '\0');
        std::exit(good ? 0 : 1);
      },
      ::testing::ExitedWithCode(0), "");
}

TEST(SafetensorsFile, HostileLengthsAllocateNothing) {
  if (!testing::kCanLimitMemory) GTEST_SKIP() << "address space is not limited under sanitizers";
  const TempDir dir;
  const auto path = dir.write("m.safetensors", file_with_length(100'000'000, "not a header"));
  std::filesystem::resize_file(path, 200'000'000);
  EXPECT_EXIT(
      {
        testing::limit_further_memory(1u << 20);
        const bool refused = static_cast<bool>(testing::throws_error(
            Code::bad_file, "does not start with '{'", [&] { open_safetensors(path); }));
        std::exit(refused ? 0 : 1);
      },
      ::testing::ExitedWithCode(0), "");
}

TEST(SafetensorsFile, HostileHeadersAreRefused) {
  const TempDir dir;
  expect_bad(dir, safetensors_file("{\"a\":" + std::string(1'000'000, '[') + "}"),
             "tensor \"a\" does not have exactly the keys");
  expect_bad(dir, safetensors_file("{\"a\":" + std::string(10'000'000, '9') + "}"),
             "not valid JSON");
  expect_bad(dir, safetensors_file("{\"" + std::string(10'000'000, 'n') + "\":1}"),
             "a name of 10000000 bytes");
}

TEST(SafetensorsFile, OtherFormatsGetAdvice) {
  const TempDir dir;
  expect_bad(dir, "<!DOCTYPE html><html>not found</html>", "web page");
  expect_bad(dir, "version https://git-lfs.github.com/spec/v1\noid sha256:0", "git lfs pull");
  const auto zip = dir.write("m.safetensors", "PK\x03\x04" + std::string(200, '\0'));
  EXPECT_ERROR(Code::unsafe_file, "convert it to safetensors", open_safetensors(zip));
}

/// An archive whose first eight bytes are a possible length, and a header whose length begins like
/// a web page.
TEST(SafetensorsFile, FormatsAreToldApartByMoreThanTheLength) {
  const TempDir dir;
  const auto zip = dir.write("m.zip", std::string("PK\x03\x04\0\0\0\0", 8) + "\b\b");
  std::filesystem::resize_file(zip, 80'000'000);
  EXPECT_ERROR(Code::unsafe_file, "zip archive", open_safetensors(zip));
  const auto page = dir.write("m.safetensors", safetensors_file("{}" + std::string('<' - 2, ' ')));
  EXPECT_TRUE(open_safetensors(page).tensors().empty());
}

TEST(SafetensorsFile, ThreadsReadOneFileAtOnce) {
  const TempDir dir;
  const TensorFile file =
      open_safetensors(dir.write("m.safetensors", testing::file_of("a", "b", "c", "d")));
  std::atomic<int> wrong = 0;
  std::vector<std::thread> threads;
  for (int i = 0; i < 4; ++i) {
    threads.emplace_back([&, i] {
      const std::string name(1, static_cast<char>('a' + i));
      for (int round = 0; round < 200; ++round)
        wrong += read(file, name) != bytes_of(static_cast<float>(i));
    });
  }
  for (std::thread& thread : threads) thread.join();
  EXPECT_EQ(wrong, 0);
}

}  // namespace
}  // namespace latentrt::io
