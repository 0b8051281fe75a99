/// Files that are not weights, and headers made to cost time or memory.
#include <gtest/gtest.h>
#include <sys/stat.h>

#include "io/safetensors/safetensors.hpp"
#include "io/weights.hpp"
#include "safetensors_bytes.hpp"
#include "support/cpu_time.hpp"
#include "support/expect_error.hpp"
#include "support/memory_limit.hpp"
#include "support/temp_dir.hpp"

namespace latentrt::io {
namespace {

namespace fs = std::filesystem;
using testing::entry;
using testing::safetensors_file;
using testing::TempDir;

struct Archive {
  const char* name;
  std::string content;
};

/// The first header of a tar file: a name, zeros, and the magic number at byte 257.
std::string tar_of(std::string_view name) {
  std::string header(512, '\0');
  header.replace(0, name.size(), name);
  header.replace(257, 5, "ustar");
  return header;
}

class PickleNamedSafetensors : public ::testing::TestWithParam<Archive> {};

TEST_P(PickleNamedSafetensors, IsUnsafeAndSaysHowToConvert) {
  const TempDir dir;
  const fs::path path =
      dir.write("model.safetensors", GetParam().content + std::string(1000, '\0'));
  EXPECT_ERROR(Code::unsafe_file, path.string(), open_safetensors(path));
  EXPECT_ERROR(Code::unsafe_file, "convert it to safetensors", open_safetensors(path));
}

INSTANTIATE_TEST_SUITE_P(
    Formats, PickleNamedSafetensors,
    ::testing::Values(Archive{"Zip", "PK\x03\x04\x14"}, Archive{"Pickle", "\x80\x02}q\x01."},
                      Archive{"Tar", tar_of("archive/data.pkl")}, Archive{"TarNoName", tar_of("")},
                      Archive{"Gzip", "\x1F\x8B\x08"}, Archive{"Bzip2", "BZh91AY"},
                      Archive{"Xz", std::string("\xFD\x37zXZ\0", 6)}),
    [](const auto& test) { return test.param.name; });

TEST(HostileFile, AnArchiveBehindAValidFileIsRefused) {
  const TempDir dir;
  const std::string valid = testing::file_of("a");
  const fs::path path = dir.write("m.safetensors", valid + "PK\x03\x04");
  EXPECT_ERROR(Code::bad_file, "the tensors take 4 bytes, but the file holds 8",
               open_safetensors(path));
}

/// Runs in a child process: a refusal takes memory of a few times the file's size, and linear time.
void expect_cheap_refusal(const fs::path& path, std::string_view part) {
  if (!testing::kCanLimitMemory) GTEST_SKIP() << "address space is not limited under sanitizers";
  EXPECT_EXIT(
      {
        testing::limit_further_memory(4 * fs::file_size(path) + (16u << 20));
        auto refused = ::testing::AssertionFailure();
        const double seconds = testing::cpu_seconds_of([&] {
          refused =
              testing::throws_error(Code::bad_file, part, [&] { (void)open_safetensors(path); });
        });
        std::fprintf(stderr, "%s after %g s of processor time\n", refused.message(), seconds);
        std::exit(refused && seconds < testing::kLinearWork ? 0 : 1);
      },
      ::testing::ExitedWithCode(0), "");
}

std::string repeated(std::string_view text, std::size_t count) {
  std::string result;
  result.reserve(text.size() * count);
  for (std::size_t i = 0; i < count; ++i) result += text;
  return result;
}

constexpr std::size_t kMany = 1'000'000;

struct Header {
  const char* name;
  std::string text;
  const char* part;
};

class HostileHeader : public ::testing::TestWithParam<Header> {};

TEST_P(HostileHeader, IsRefusedInBoundedWorkAndMemory) {
  const TempDir dir;
  expect_cheap_refusal(dir.write("m.safetensors", safetensors_file(GetParam().text)),
                       GetParam().part);
}

INSTANTIATE_TEST_SUITE_P(
    Headers, HostileHeader,
    ::testing::Values(
        Header{"NestedLists", "{\"a\":{\"x\":" + std::string(kMany, '[') + '}', "nested deeper"},
        Header{"NestedObjects", repeated("{\"a\":", kMany) + '}', "nested deeper"},
        Header{"Digits", "{\"a\":" + std::string(10 * kMany, '9') + '}', "not valid JSON"},
        Header{"Fraction", "{\"a\":0." + std::string(10 * kMany, '1') + '}', "keys"},
        Header{"Escapes", "{\"" + repeated("\\u0041", kMany) + "\":1}", "a name of 1000000"},
        Header{"LoneSurrogates", "{\"" + repeated("\\ud800", kMany) + "\":1}", "not valid JSON"},
        Header{"LoneSurrogateBytes", "{\"\xED\xA0\x80\":1}", "not UTF-8 at byte 2"},
        Header{"OneKeyManyTimes",
               '{' + repeated(entry("a", "U8", "0", 0, 0) + ',', kMany / 10) + "\"b\":0}",
               "repeats key"},
        Header{"Unclosed", "{\"a\":{\"dtype\":\"" + std::string(10 * kMany, 'F') + '}',
               "not valid JSON"}),
    [](const auto& test) { return test.param.name; });

/// A gigabyte of digits exceeds the largest header, so it is not even read.
TEST(HostileFile, AGigabyteOfHeaderIsNotRead) {
  const TempDir dir;
  constexpr std::uint64_t kGigabyte = 1u << 30;
  const fs::path path =
      dir.write("m.safetensors", testing::file_with_length(kGigabyte, "{\"a\":9"));
  fs::resize_file(path, 8 + kGigabyte);
  expect_cheap_refusal(path, "a header of 1073741824 bytes");
}

/// Members are counted during parsing: the bytes after the last accepted one are not JSON, and are
/// not read.
TEST(HostileFile, MoreThanAMillionTensorsAreRefused) {
  std::string header = "{";
  for (std::size_t i = 0; i <= kMany; ++i)
    header += (i > 0 ? "," : "") + entry(std::to_string(i), "U8", "0", 0, 0);
  header += ", no JSON from here on";
  const TempDir dir;
  EXPECT_ERROR(Code::bad_file, "names more than 1000000 tensors",
               open_safetensors(dir.write("m.safetensors", safetensors_file(header + '}'))));
}

/// Metadata of any length only costs the length of its text.
TEST(HostileFile, MetadataIsNotKept) {
  if (!testing::kCanLimitMemory) GTEST_SKIP() << "address space is not limited under sanitizers";
  std::string header = R"({"__metadata__":{)";
  for (std::size_t i = 0; i < kMany / 10; ++i)
    header += (i > 0 ? ",\"" : "\"") + std::to_string(i) + "\":\"" + std::string(100, 'x') + '"';
  const TempDir dir;
  const fs::path path = dir.write(
      "m.safetensors", safetensors_file(header + "}," + entry("a", "U8", "1", 0, 1) + '}', "x"));
  EXPECT_EXIT(
      {
        testing::limit_further_memory(fs::file_size(path) + (24u << 20));
        std::exit(open_safetensors(path).tensors().size() == 1 ? 0 : 1);
      },
      ::testing::ExitedWithCode(0), "");
}

/// A header, four tensors whose ends are not at page boundaries, and truncations at every 4 KiB.
TEST(HostileFile, ADownloadThatStoppedAtAnyPageIsRefused) {
  std::string header = "{", data;
  for (std::size_t i = 0; i < 200; ++i) {
    const std::size_t bytes = 1000 + i;
    header += (i ? "," : "") + entry("layer." + std::to_string(i), "U8", std::to_string(bytes),
                                     data.size(), data.size() + bytes);
    data += std::string(bytes, 'x');
  }
  const std::string whole = safetensors_file(header + '}', data);
  const TempDir dir;
  const fs::path path = dir.write("m.safetensors", whole);
  EXPECT_NO_THROW(open_safetensors(path));
  for (std::size_t size = whole.size() / 4096 * 4096;; size -= 4096) {
    fs::resize_file(path, size);
    EXPECT_ERROR(Code::bad_file, path.string(), open_safetensors(path));
    if (size == 0) break;
  }
}

class HostileIndexFile : public ::testing::Test {
 protected:
  WeightMap open() const {
    return WeightMap::open(dir_.path(), {.stem = "model", .variant = ""},
                           [](std::string_view name) { return std::string(name); });
  }
  void write_index(std::string_view shard) const {
    dir_.write("model.safetensors.index.json",
               R"({"weight_map":{"a":")" + std::string(shard) + "\"}}");
  }

  TempDir dir_;
};

TEST_F(HostileIndexFile, NamesAPipe) {
  write_index("pipe");
  ASSERT_EQ(mkfifo((dir_ / "pipe").c_str(), 0600), 0);
  EXPECT_ERROR(Code::bad_file, "pipe: not a regular file", open());
}

TEST_F(HostileIndexFile, NamesADeviceThroughALink) {
  write_index("zero");
  fs::create_symlink("/dev/zero", dir_ / "zero");
  EXPECT_ERROR(Code::unsafe_file, "a link out of the folder", open());
}

TEST_F(HostileIndexFile, NamesItself) {
  write_index("model.safetensors.index.json");
  EXPECT_ERROR(Code::bad_file, "model.safetensors.index.json: this is JSON text", open());
}

TEST_F(HostileIndexFile, IsAPipeOrAFolder) {
  const fs::path index = dir_ / "model.safetensors.index.json";
  ASSERT_EQ(mkfifo(index.c_str(), 0600), 0);
  EXPECT_ERROR(Code::bad_file, "index.json: not a regular file", open());
  fs::remove(index);
  fs::create_directory(index);
  EXPECT_ERROR(Code::bad_file, "index.json: not a regular file", open());
}

TEST_F(HostileIndexFile, IsHuge) {
  write_index("a");
  fs::resize_file(dir_ / "model.safetensors.index.json", std::uintmax_t{1} << 40);
  EXPECT_ERROR(Code::bad_file, "index.json has 1099511627776 bytes", open());
}

}  // namespace
}  // namespace latentrt::io
