/// LoRA files: the forms that are read, and the damaged and foreign ones that are refused in words.
#include "io/lora_file.hpp"

#include <gtest/gtest.h>

#include <limits>

#include "io/safetensors_bytes.hpp"
#include "support/expect_error.hpp"
#include "support/temp_dir.hpp"

namespace latentrt::io {
namespace {

using testing::TempDir;

/// One-number tensors under these names.
template <class... Names>
LoraFile open_with(const TempDir& folder, Names... names) {
  return LoraFile::open(folder.write("a.safetensors", testing::file_of(names...)));
}

struct Form {
  const char *name, *down, *up, *module;
};

class LoraForm : public ::testing::TestWithParam<Form> {};

TEST_P(LoraForm, IsRead) {
  const TempDir folder;
  const LoraFile file = open_with(folder, GetParam().down, GetParam().up);
  ASSERT_EQ(file.modules().size(), 1u);
  EXPECT_EQ(file.modules().begin()->first, GetParam().module);
  EXPECT_NE(file.modules().begin()->second.down, nullptr);
  EXPECT_FALSE(file.modules().begin()->second.alpha);
}

INSTANTIATE_TEST_SUITE_P(
    Forms, LoraForm,
    ::testing::Values(Form{"Kohya", "lora_unet_a_to_q.lora_down.weight",
                           "lora_unet_a_to_q.lora_up.weight", "lora_unet_a_to_q"},
                      Form{"Peft", "unet.a.to_out.0.lora_A.weight", "unet.a.to_out.0.lora_B.weight",
                           "unet_a_to_out_0"},
                      Form{"Diffusers", "unet.a.to_q.lora.down.weight",
                           "unet.a.to_q.lora.up.weight", "unet_a_to_q"},
                      Form{"Processor", "unet.a.attn1.processor.to_q_lora.down.weight",
                           "unet.a.attn1.processor.to_q_lora.up.weight", "unet_a_attn1_to_q"},
                      Form{"LinearLayer", "text_encoder.a.q_proj.lora_linear_layer.down.weight",
                           "text_encoder.a.q_proj.lora_linear_layer.up.weight",
                           "text_encoder_a_q_proj"}),
    [](const auto& form) { return std::string(form.param.name); });

TEST(LoraFile, RefusesWhatIsNoLora) {
  const TempDir folder;
  EXPECT_ERROR(Code::unsupported, "\"conv_in.weight\"", open_with(folder, "conv_in.weight"));
  EXPECT_ERROR(Code::unsupported, "LoHa", open_with(folder, "lora_unet_a.hada_w1_a"));
  EXPECT_ERROR(Code::unsupported, "LoKr", open_with(folder, "lora_unet_a.lokr_w1"));
  EXPECT_ERROR(Code::bad_file, "no tensors",
               LoraFile::open(folder.write("b.safetensors", testing::safetensors_file("{}"))));
}

TEST(LoraFile, RefusesHalfAModule) {
  const TempDir folder;
  EXPECT_ERROR(Code::invalid_argument, "\"unet_a\" has no up factor",
               open_with(folder, "unet.a.lora_A.weight"));
  EXPECT_ERROR(Code::invalid_argument, "\"unet_a\" has no down factor",
               open_with(folder, "unet.a.lora_B.weight"));
}

/// file_of numbers its tensors from 0, so the first one is an alpha of 0.
TEST(LoraFile, RefusesAlphaZero) {
  const TempDir folder;
  EXPECT_ERROR(Code::invalid_argument, "alpha 0",
               open_with(folder, "unet.a.alpha", "unet.a.lora_A.weight", "unet.a.lora_B.weight"));
}

TEST(LoraFile, RefusesFactorsThatAreNotFinite) {
  const TempDir folder;
  const std::string header = "{" + testing::entry("u.lora_A.weight", "F32", "1", 0, 4) + "," +
                             testing::entry("u.lora_B.weight", "F32", "1", 4, 8) + "}";
  const float nan = std::numeric_limits<float>::quiet_NaN();
  const LoraFile file = LoraFile::open(folder.write(
      "a.safetensors", testing::safetensors_file(header, testing::bytes_of(nan, 1.0F))));
  EXPECT_ERROR(Code::invalid_argument, "\"u.lora_A.weight\" holds numbers that are not finite",
               file.read(*file.modules().at("u").down));
}

TEST(LoraFile, ReadsAlphaFromPeftsSettings) {
  const TempDir folder;
  const std::string header =
      R"({"__metadata__":{"lora_adapter_metadata":"{\"unet.lora_alpha\": 3, )"
      R"(\"unet.alpha_pattern\": {\"b.to_q\": 5}}"},)" +
      testing::entry("unet.a.to_q.lora_A.weight", "F32", "1", 0, 4) + "," +
      testing::entry("unet.a.to_q.lora_B.weight", "F32", "1", 4, 8) + "," +
      testing::entry("unet.b.to_q.lora_A.weight", "F32", "1", 8, 12) + "," +
      testing::entry("unet.b.to_q.lora_B.weight", "F32", "1", 12, 16) + "}";
  const LoraFile file = LoraFile::open(
      folder.write("a.safetensors", testing::safetensors_file(header, std::string(16, '\0'))));
  EXPECT_EQ(file.modules().at("unet_a_to_q").alpha, 3);
  EXPECT_EQ(file.modules().at("unet_b_to_q").alpha, 5);
}

TEST(LoraFile, RefusesSettingsOfAnotherKind) {
  const TempDir folder;
  const auto with = [&](const std::string& settings) {
    const std::string header = R"({"__metadata__":{"lora_adapter_metadata":")" + settings +
                               R"("},)" + testing::entry("unet.a.lora_A.weight", "F32", "1", 0, 4) +
                               "," + testing::entry("unet.a.lora_B.weight", "F32", "1", 4, 8) + "}";
    return LoraFile::open(
        folder.write("a.safetensors", testing::safetensors_file(header, std::string(8, '\0'))));
  };
  EXPECT_ERROR(Code::unsupported, "use_rslora", with(R"({\"unet.use_rslora\": true})"));
  EXPECT_ERROR(Code::invalid_argument, "lora_alpha", with(R"({\"unet.lora_alpha\": -1})"));
  EXPECT_ERROR(Code::bad_file, "lora_adapter_metadata", with(R"([)"));
}

}  // namespace
}  // namespace latentrt::io
