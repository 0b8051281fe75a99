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
        Other{"WebPageAfterSpace", "\r\n <!DOCTYPE HTML><html>", Code::bad_file, "web page"},
        Other{"Xml", "<?xml version=\"1.0\"?><Error><Code>AccessDenied</Code>", Code::bad_file,
              "download it again"},
        Other{"JsonError", R"({"error":"Unauthorized","message":"sign in"})", Code::bad_file,
              "this is JSON text, not a model; it begins \"{\\\"error\\\":\\\"Unauthorized"},
        Other{"JsonSpaced", "{\n  \"weight_map\": {}\n}", Code::bad_file, "JSON text"},
        Other{"JsonList", "[{\"a\":1}]", Code::bad_file, "JSON text"},
        Other{"LongJson", "{\"" + std::string(600, 'x') + "\":1}", Code::bad_file, "\"..."},
        Other{"Empty", "", Code::bad_file, "this file is empty; download or copy it again"},
        Other{"Png", "\x89PNG\r\n\x1A\n", Code::bad_file, "a picture, not a model"},
        Other{"Jpeg", "\xFF\xD8\xFF\xE0", Code::bad_file, "a picture"},
        Other{"Webp", std::string("RIFF\1\2\3\4WEBPVP8 ", 16), Code::bad_file, "a picture"},
        Other{"Zstandard", "\x28\xB5\x2F\xFD", Code::unsafe_file, "an archive"},
        Other{"SevenZip", "7z\xBC\xAF\x27\x1C", Code::unsafe_file, "an archive"},
        Other{"Rar", "Rar!\x1A\x07\x01", Code::unsafe_file, "an archive"},
        Other{"EmptyZip", "PK\x05\x06", Code::unsafe_file, "convert it to safetensors"},
        Other{"Ggml", "lmgg", Code::bad_file, "GGML"},
        Other{"Hdf5", "\x89HDF\r\n\x1A\n", Code::bad_file, "HDF5"},
        Other{"Numpy", "\x93NUMPY\x01", Code::bad_file, "NumPy"},
        Other{"Pdf", "%PDF-1.7", Code::bad_file, "PDF"},
        Other{"LfsPointer", "version https://git-lfs.github.com/spec/v1\n", Code::bad_file,
              "git lfs pull"}),
    [](const auto& test) { return test.param.name; });

TEST(FileKindUnknown, IsLetThrough) {
  const testing::TempDir dir;
  for (const char* content : {"{", "{x", "< 3", "PK", "\x80", "\x80\x06", "version 2", " \n"}) {
    EXPECT_NO_THROW(refuse_other_formats(InputFile(dir.write("model", content)))) << content;
  }
}

/// The sentence does not depend on the name.
TEST(FileKindUnknown, TextsMayBeJsonOrEmpty) {
  EXPECT_NO_THROW(refuse_other_text("{\"a\":1}", "a.json"));
  EXPECT_NO_THROW(refuse_other_text("", "a.json"));
  EXPECT_ERROR(Code::unsafe_file, "a.json: this is a pickle",
               (refuse_other_text("\x80\x04.", "a.json"), 0));
}

}  // namespace
}  // namespace latentrt::io
