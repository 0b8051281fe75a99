/// Weights of all types that checkpoints store.
#include <ATen/TensorOperators.h>
#include <ATen/ops/equal.h>
#include <ATen/ops/tensor.h>
#include <gtest/gtest.h>

#include "io/safetensors_bytes.hpp"
#include "nn/program/program_builder.hpp"
#include "nn/weights/weights.hpp"
#include "support/expect_error.hpp"
#include "support/temp_dir.hpp"

namespace latentrt::nn {
namespace {

/// A linear layer [2,3], bound from a file of that type.
at::Tensor bound(std::string_view dtype, std::string_view data, DType computing = DType::fp32) {
  ProgramBuilder b;
  b.output(b.linear("map", b.input("x", {.dims = {Symbol::rows, 3}}), 3, 2, false), "y");
  const Program program = std::move(b).build();
  const testing::TempDir dir;
  const std::string header = "{" + testing::entry("map.weight", dtype, "2,3", 0, data.size()) + "}";
  const auto stored = io::WeightMap::from_file(
      dir.write("model.safetensors", testing::safetensors_file(header, data)),
      [](std::string_view name) { return std::string(name); });
  return bind_weights(program, stored, {.dtype = computing}, "model")[0];
}

at::Tensor wanted() { return at::tensor({1.0F, -2.0F, 0.5F, 448.0F, 0x1p-9F, 0.0F}).view({2, 3}); }

TEST(StoredTypes, EightBitFloatsAreWidened) {
  const std::string_view e4m3("\x38\xC0\x30\x7E\x01\x00", 6);
  for (const char* name : {"F8_E4M3", "F8_E4M3FN"}) {
    EXPECT_TRUE(at::equal(bound(name, e4m3), wanted()));
    for (const DType computing : {DType::bf16, DType::fp16}) {
      const at::Tensor weight = bound(name, e4m3, computing);
      EXPECT_TRUE(at::equal(weight.to(at::kFloat), wanted())) << name_of(computing);
    }
  }
  const at::Tensor e5m2 = bound("F8_E5M2", std::string_view("\x3C\xC0\x38\x5F\x18\x00", 6));
  EXPECT_TRUE(at::equal(e5m2, wanted()));
}

TEST(StoredTypes, OthersAreRefusedByFileAndTensor) {
  const std::string data(6, '\1');
  EXPECT_ERROR(Code::unsupported, "model.safetensors: tensor \"map.weight\" is of type I8",
               bound("I8", data));
}

}  // namespace
}  // namespace latentrt::nn
