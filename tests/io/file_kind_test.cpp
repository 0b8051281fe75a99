#include "io/file_kind.hpp"

#include <gtest/gtest.h>

#include "support/expect_error.hpp"
#include "support/temp_dir.hpp"

namespace latentrt::io {
namespace {

struct Other {
  const char* name;
  std::string content;
  Code code;
  const char* advice;
};

class FileKind : public ::testing::TestWithParam<Other> {};

TEST_P(FileKind, IsRefusedWithAdvice) {
  const testing::TempDir dir;
  const InputFile file(dir.write("model", GetParam().content));
  EXPECT_ERROR(GetParam().code, GetParam().advice, (refuse_other_formats(file), 0));
  EXPECT_ERROR(GetParam().code, (dir / "model").string(), (refuse_other_formats(file), 0));
}

INSTANTIATE_TEST_SUITE_P(
    Formats, FileKind,
    ::testing::Values(
        Other{"Zip", "PK\x03\x04...", Code::unsafe_file, "can run code"},
        Other{"Pickle2", "\x80\x02}q\x01.", Code::unsafe_file, "a pickle, which can run code"},
        Other{"Pickle4", "\x80\x04\x95", Code::unsafe_file, "convert it to safetensors"},
        Other{"Pickle5", "\x80\x05\x95", Code::unsafe_file, "convert it to safetensors"},
        Other{"Tar", std::string(257, 'x') + "ustar", Code::unsafe_file, "an archive"},
        Other{"Gzip", "\x1F\x8B\x08", Code::unsafe_file, "an archive"},
        Other{"Gguf", "GGUF\x03", Code::bad_file, "GGUF"},
        Other{"WebPage", "<html>", Code::bad_file, "web page"},
        Other{"LfsPointer", "version https://git-lfs.github.com/spec/v1\n", Code::bad_file,
              "git lfs pull"}),
    [](const auto& test) { return test.param.name; });

TEST(FileKindUnknown, IsLetThrough) {
  const testing::TempDir dir;
  for (const char* content : {"", "{}", "PK", "\x80", "\x80\x06", "version 2"}) {
    EXPECT_NO_THROW(refuse_other_formats(InputFile(dir.write("model", content)))) << content;
  }
}

}  // namespace
}  // namespace latentrt::io
