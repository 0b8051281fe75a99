#include <gmock/gmock.h>

#include <latentrt/tensor.hpp>

#include "safetensors_bytes.hpp"
#include "support/expect_error.hpp"
#include "support/temp_dir.hpp"

namespace latentrt {
namespace {

using testing::bytes_of;
using ::testing::ElementsAre;
using testing::entry;
using testing::TempDir;

TEST(TensorFile, WhatWasWrittenComesBack) {
  const TempDir dir;
  const TensorMap tensors{{"latents", {{1, 2, 2}, {1, -2.5F, 0.1F, 1e-40F}}},
                          {"scalar", {{}, {7}}},
                          {"empty", {{0}, {}}}};
  write_tensors(dir / "l.safetensors", tensors);
  const TensorMap back = read_tensors(dir / "l.safetensors");
  ASSERT_EQ(back.size(), tensors.size());
  for (const auto& [name, tensor] : tensors) {
    EXPECT_EQ(back.at(name).shape, tensor.shape) << name;
    EXPECT_EQ(back.at(name).data, tensor.data) << name;
  }
}

TEST(TensorFile, OtherTypesAreConverted) {
  const TempDir dir;
  const std::string header = "{" + entry("half", "F16", "2", 0, 4) + "," +
                             entry("ids", "I64", "1", 4, 12) + "," + entry("d", "F64", "", 12, 20) +
                             "}";
  const auto file = dir.write(
      "t.safetensors",
      testing::safetensors_file(header, bytes_of<std::uint16_t>(0x3C00, 0xC000) +
                                            bytes_of<std::int64_t>(49407) + bytes_of(0.25)));
  const TensorMap tensors = read_tensors(file);
  EXPECT_THAT(tensors.at("half").data, ElementsAre(1, -2));
  EXPECT_THAT(tensors.at("half").shape, ElementsAre(2));
  EXPECT_THAT(tensors.at("ids").data, ElementsAre(49407));
  EXPECT_THAT(tensors.at("d").data, ElementsAre(0.25F));
}

TEST(TensorFile, ProblemsNameTheFile) {
  const TempDir dir;
  EXPECT_ERROR(Code::not_found, (dir / "none").string(), read_tensors(dir / "none"));
  EXPECT_ERROR(Code::bad_file, "cut.safetensors",
               read_tensors(dir.write("cut.safetensors", "1234")));
  EXPECT_ERROR(Code::io_error, "none/x", (write_tensors(dir / "none/x", {}), 0));
}

}  // namespace
}  // namespace latentrt
