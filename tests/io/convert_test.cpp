/// Checkpoints that are converted to safetensors files, with the same names, types and bits.
#include <gmock/gmock.h>

#include <latentrt/cancel.hpp>
#include <latentrt/convert.hpp>

#include "io/safetensors/safetensors.hpp"
#include "support/expect_error.hpp"
#include "support/temp_dir.hpp"

namespace latentrt {
namespace {

namespace fs = std::filesystem;

const fs::path kFolder = fs::path(LATENTRT_SOURCE_DIR) / "tests/golden/torch_files";

std::vector<std::byte> bytes_of(const io::TensorFile& file, const io::TensorInfo& info) {
  std::vector<std::byte> bytes(static_cast<std::size_t>(info.bytes()));
  file.read(info, bytes);
  return bytes;
}

class Convert : public ::testing::Test {
 protected:
  const testing::TempDir dir_;
  const fs::path out_ = dir_ / "o.safetensors";
};

TEST_F(Convert, KeepsNamesTypesAndBits) {
  std::uint64_t last = 0, whole = 0;
  const Conversion made = convert_to_safetensors(kFolder / "types.pt", out_,
                                                 [&](std::uint64_t written, std::uint64_t all) {
                                                   EXPECT_GT(written, last);
                                                   last = written;
                                                   whole = all;
                                                 });
  EXPECT_EQ(last, whole);
  EXPECT_EQ(made.bytes, whole);
  EXPECT_TRUE(made.left_out.empty());
  const auto file = io::open_safetensors(out_);
  const auto expected = io::open_safetensors(kFolder / "types_pt.safetensors");
  EXPECT_EQ(made.tensors, expected.tensors().size());
  ASSERT_EQ(file.tensors().size(), expected.tensors().size());
  for (const auto& [name, info] : expected.tensors()) {
    const io::TensorInfo& found = file.tensors().at(name);
    EXPECT_EQ(found.dtype, info.dtype) << name;
    EXPECT_EQ(found.shape, info.shape) << name;
    EXPECT_EQ(bytes_of(file, found), bytes_of(expected, info)) << name;
    EXPECT_EQ(found.begin % io::size_of(found.dtype), 0U) << name;
  }
  EXPECT_EQ(file.metadata().at("format"), "pt");
}

TEST_F(Convert, ListsWhatIsLeftOut) {
  const Conversion made = convert_to_safetensors(kFolder / "command.pt", out_);
  EXPECT_EQ(made.tensors, 1U);
  EXPECT_THAT(made.left_out,
              ::testing::ElementsAre("\"object\" is an object of the class \"posix.system\""));
}

TEST_F(Convert, LeavesNothingWhenItFails) {
  EXPECT_ERROR(Code::bad_file, "module.pt", convert_to_safetensors(kFolder / "module.pt", out_));
  EXPECT_ERROR(Code::unsafe_file, "script.pt", convert_to_safetensors(kFolder / "script.pt", out_));
  EXPECT_ERROR(Code::not_found, "none.pt", convert_to_safetensors(kFolder / "none.pt", out_));
  CancelFlag stop;
  const CancelScope scope(stop);
  EXPECT_ERROR(
      Code::cancelled, "",
      convert_to_safetensors(kFolder / "types.pt", out_, [&](auto, auto) { stop.cancel(); }));
  EXPECT_TRUE(dir_.empty());
}

TEST_F(Convert, NeverReplacesItsInput) {
  const fs::path copy = dir_ / "a.pt";
  fs::copy_file(kFolder / "nested.pt", copy);
  EXPECT_ERROR(Code::invalid_argument, "the output is the input",
               convert_to_safetensors(copy, copy));
  fs::create_symlink("a.pt", dir_ / "b.pt");
  EXPECT_ERROR(Code::invalid_argument, "the output is the input",
               convert_to_safetensors(copy, dir_ / "b.pt"));
}

TEST_F(Convert, TakesSafetensorsToo) {
  const Conversion made = convert_to_safetensors(kFolder / "types_pt.safetensors", out_);
  EXPECT_EQ(made.tensors, io::open_safetensors(out_).tensors().size());
}

}  // namespace
}  // namespace latentrt
