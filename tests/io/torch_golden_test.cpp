/// Files of torch.save in all its forms, compared with the original tensors, bit for bit.
#include <gmock/gmock.h>

#include "io/safetensors/safetensors.hpp"
#include "io/tensor_file.hpp"
#include "support/expect_error.hpp"
#include "support/temp_dir.hpp"

namespace latentrt::io {
namespace {

namespace fs = std::filesystem;
using ::testing::HasSubstr;

const fs::path kFolder = fs::path(LATENTRT_SOURCE_DIR) / "tests/golden/torch_files";

fs::path expected_of(std::string name) {
  std::replace(name.begin(), name.end(), '.', '_');
  return kFolder / (name + ".safetensors");
}

std::vector<std::byte> bytes_of(const TensorFile& file, const TensorInfo& info) {
  std::vector<std::byte> bytes(static_cast<std::size_t>(info.bytes()));
  file.read(info, bytes);
  return bytes;
}

class TorchGolden : public ::testing::TestWithParam<const char*> {};

TEST_P(TorchGolden, HasTheSameTensors) {
  const TensorFile file = TensorFile::open(kFolder / GetParam());
  const TensorFile expected = open_safetensors(expected_of(GetParam()));
  ASSERT_FALSE(expected.tensors().empty());
  EXPECT_EQ(file.tensors().size(), expected.tensors().size());
  for (const auto& [name, info] : expected.tensors()) {
    ASSERT_TRUE(file.tensors().contains(name)) << name;
    const TensorInfo& found = file.tensors().at(name);
    EXPECT_EQ(name_of(found.dtype), name_of(info.dtype)) << name;
    EXPECT_EQ(found.shape, info.shape) << name;
    EXPECT_EQ(bytes_of(file, found), bytes_of(expected, info)) << name;
  }
}

/// Reading a part of a tensor gives the same bytes as the whole, whatever its strides are.
TEST_P(TorchGolden, IsReadInParts) {
  const TensorFile file = TensorFile::open(kFolder / GetParam());
  for (const auto& [name, info] : file.tensors()) {
    const std::vector<std::byte> whole = bytes_of(file, info);
    std::vector<std::byte> joined;
    const std::uint64_t step = size_of(info.dtype);
    for (TensorInfo part = info; part.begin < info.end; part.begin += step) {
      part.end = part.begin + step;
      const auto bytes = bytes_of(file, part);
      joined.insert(joined.end(), bytes.begin(), bytes.end());
    }
    EXPECT_EQ(joined, whole) << name;
  }
}

INSTANTIATE_TEST_SUITE_P(Files, TorchGolden,
                         ::testing::Values("types.pt", "types_protocol_4.pt", "types_old.pt",
                                           "types_old_protocol_3.pt", "no_checksums.pt",
                                           "lightning.ckpt", "lightning_old.ckpt", "embedding.pt",
                                           "embedding_dict.pt", "learned_embeds.bin",
                                           "enhanced.pth", "nested.pt", "skipped.pt", "command.pt"),
                         [](const auto& test) {
                           std::string name = test.param;
                           std::replace(name.begin(), name.end(), '.', '_');
                           return name;
                         });

TEST(TorchFiles, WhatIsNoTensorIsNamed) {
  const auto others = TensorFile::open(kFolder / "skipped.pt").others();
  EXPECT_EQ(others.size(), 7U);
  EXPECT_EQ(others.at("complex"), "an object of the class \"torch._utils._rebuild_tensor_v2\"");
  EXPECT_THAT(others.at("sparse"), HasSubstr("_rebuild_sparse_tensor"));
  EXPECT_THAT(others.at("quantised"), HasSubstr("_rebuild_qtensor"));
  EXPECT_THAT(others.at("meta"), HasSubstr("_rebuild_meta_tensor_no_storage"));
  EXPECT_THAT(others.at("object"), HasSubstr("Callback"));
  EXPECT_EQ(others.at("list"), "a list");
  EXPECT_EQ(others.at("step"), "an integer");
}

/// The objects are written by Python's own pickler.
TEST(TorchFiles, NothingIsRun) {
  const fs::path mark = "/tmp/latentrt_pickle_was_run";
  fs::remove(mark);
  const auto others = TensorFile::open(kFolder / "command.pt").others();
  EXPECT_EQ(others.at("object"), "an object of the class \"posix.system\"");
  EXPECT_ERROR(Code::bad_file, "command_only.pt: holds an object of the class \"posix.system\"",
               TensorFile::open(kFolder / "command_only.pt"));
  EXPECT_ERROR(Code::bad_file, "\"posix.system\" as its state_dict, not a dictionary of tensors",
               TensorFile::open(kFolder / "command_state.pt"));
  EXPECT_FALSE(fs::exists(mark));
}

TEST(TorchFiles, ModulesAndProgramsAreRefused) {
  EXPECT_ERROR(Code::bad_file, "class \"torch.nn.modules.linear.Linear\", not a dictionary",
               TensorFile::open(kFolder / "module.pt"));
  EXPECT_ERROR(Code::unsafe_file, "a TorchScript program", TensorFile::open(kFolder / "script.pt"));
}

TEST(TorchFiles, AreRefusedOnRequest) {
  for (const char* name : {"types.pt", "types_old.pt", "types_old_protocol_3.pt"}) {
    EXPECT_ERROR(Code::unsafe_file, "a PyTorch checkpoint, which is a pickle",
                 TensorFile::open(kFolder / name, Pickles::refused));
  }
  EXPECT_NO_THROW(TensorFile::open(expected_of("types.pt"), Pickles::refused));
}

/// An incomplete download.
class TorchTruncation : public ::testing::TestWithParam<const char*> {};

TEST_P(TorchTruncation, IsRefusedAtEveryByte) {
  const testing::TempDir dir;
  const std::string whole = testing::content_of(kFolder / GetParam());
  const fs::path path = dir.write("cut.pt", whole);
  for (std::size_t size = whole.size(); size-- > 0;) {
    fs::resize_file(path, size);
    // The first bytes of an old file are those of any pickle.
    const bool any_pickle = size > 1 && size < 14 && whole.starts_with('\x80');
    EXPECT_TRUE(testing::throws_error(any_pickle ? Code::unsafe_file : Code::bad_file, "cut.pt",
                                      [&] { TensorFile::open(path); }))
        << size;
  }
}

INSTANTIATE_TEST_SUITE_P(Files, TorchTruncation,
                         ::testing::Values("nested.pt", "lightning_old.ckpt"),
                         [](const auto& test) { return std::string(test.param).substr(0, 6); });

}  // namespace
}  // namespace latentrt::io
