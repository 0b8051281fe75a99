#include "io/safetensors/safetensors_writer.hpp"

#include <gtest/gtest.h>

#include <cstring>

#include "io/safetensors/safetensors.hpp"
#include "support/expect_error.hpp"
#include "support/temp_dir.hpp"

namespace latentrt::io {
namespace {

using testing::TempDir;

TEST(SafetensorsWriter, TheReaderTakesWhatItWrote) {
  const TempDir dir;
  const TensorMap tensors{
      {"b", {{2, 1}, {1.5F, -2}}}, {"a", {{}, {3}}}, {"\xC3\xA4 \"quoted\"", {{0, 4}, {}}}};
  write_safetensors(dir / "m.safetensors", tensors, {{"format", "pt"}, {"by", "\xC3\xA4\n"}});
  const auto file = open_safetensors(dir / "m.safetensors");
  ASSERT_EQ(file.tensors().size(), tensors.size());
  for (const auto& [name, tensor] : tensors) {
    const TensorInfo& info = file.tensors().at(name);
    EXPECT_EQ(info.dtype, Dtype::f32);
    EXPECT_EQ(info.shape, tensor.shape) << name;
    std::vector<float> data(tensor.data.size());
    file.read(info, std::as_writable_bytes(std::span(data)));
    EXPECT_EQ(data, tensor.data) << name;
  }
  EXPECT_EQ(file.metadata().at("by"), "\xC3\xA4\n");
}

TEST(SafetensorsWriter, BytesAreThoseOfTheFormatAndDataIsAligned) {
  const TempDir dir;
  write_safetensors(dir / "m.safetensors", {{"x", {{1}, {1.0F}}}}, {});
  const std::string content = testing::content_of(dir / "m.safetensors");
  const std::string header = R"({"x":{"dtype":"F32","shape":[1],"data_offsets":[0,4]}})";
  std::uint64_t length = 0;
  std::memcpy(&length, content.data(), sizeof(length));
  EXPECT_EQ(length % 8, 0u);
  EXPECT_EQ(content.substr(8, header.size()), header);
  EXPECT_EQ(content.substr(8 + header.size(), length - header.size()),
            std::string(length - header.size(), ' '));
  EXPECT_EQ(content.substr(8 + length), std::string("\0\0\x80\x3F", 4));
}

TEST(SafetensorsWriter, NothingAtAllIsAFile) {
  const TempDir dir;
  write_safetensors(dir / "m.safetensors", {}, {});
  EXPECT_TRUE(open_safetensors(dir / "m.safetensors").tensors().empty());
}

TEST(SafetensorsWriter, WrongTensorsLeaveTheOldFile) {
  const TempDir dir;
  const auto path = dir.write("m.safetensors", "old");
  const auto refuses = [&](std::string_view part, const TensorMap& tensors) {
    EXPECT_ERROR(Code::invalid_argument, part, (write_safetensors(path, tensors, {}), 0));
  };
  refuses("tensor \"x\" holds 3 values, but its shape is [2,2]", {{"x", {{2, 2}, {1, 2, 3}}}});
  refuses("tensor \"x\" holds 1 values, but its shape is [-1]", {{"x", {{-1}, {1}}}});
  refuses("its shape is [0,4294967296,4294967296]", {{"x", {{0, 1ll << 32, 1ll << 32}, {}}}});
  refuses("\"\" cannot name a tensor", {{"", {{1}, {1}}}});
  refuses("cannot name a tensor", {{"a\nb", {{1}, {1}}}});
  refuses("cannot name a tensor", {{"\xFF", {{1}, {1}}}});
  refuses("\"__metadata__\" cannot name a tensor", {{"__metadata__", {{1}, {1}}}});
  EXPECT_ERROR(Code::invalid_argument, "is not UTF-8",
               (write_safetensors(path, {}, {{"k", "\xFF"}}), 0));
  EXPECT_EQ(testing::content_of(path), "old");
}

TEST(SafetensorsWriter, AMissingFolderIsAnIoError) {
  const TempDir dir;
  EXPECT_ERROR(Code::io_error, "none/m.safetensors",
               (write_safetensors(dir / "none/m.safetensors", {}, {}), 0));
}

}  // namespace
}  // namespace latentrt::io
