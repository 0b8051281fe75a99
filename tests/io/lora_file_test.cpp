/// LoRA files: the supported forms, and errors for damaged and foreign ones.
#include "io/lora/lora_file.hpp"

#include <gtest/gtest.h>

#include <limits>

#include "io/safetensors_bytes.hpp"
#include "support/expect_error.hpp"
#include "support/temp_dir.hpp"

namespace latentrt::io {
namespace {

using testing::TempDir;

/// Tensors of one value with these names.
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
  EXPECT_NE(file.modules().begin()->second.find(LoraPart::down), nullptr);
  EXPECT_FALSE(file.modules().begin()->second.settings.alpha);
}

INSTANTIATE_TEST_SUITE_P(
    Forms, LoraForm,
    ::testing::Values(
        Form{"Kohya", "lora_unet_a_to_q.lora_down.weight", "lora_unet_a_to_q.lora_up.weight",
             "lora_unet_a_to_q"},
        Form{"Peft", "unet.a.to_out.0.lora_A.weight", "unet.a.to_out.0.lora_B.weight",
             "unet_a_to_out_0"},
        Form{"PeftWithoutComponent", "a.to_q.lora_A.weight", "a.to_q.lora_B.weight", "a_to_q"},
        Form{"PeftsWrapper", "base_model.model.a.to_q.lora_A.weight",
             "base_model.model.a.to_q.lora_B.weight", "a_to_q"},
        Form{"Diffusers", "unet.a.to_q.lora.down.weight", "unet.a.to_q.lora.up.weight",
             "unet_a_to_q"},
        Form{"Processor", "unet.a.attn1.processor.to_q_lora.down.weight",
             "unet.a.attn1.processor.to_q_lora.up.weight", "unet_a_attn1_to_q"},
        Form{"LinearLayer", "text_encoder.a.q_proj.lora_linear_layer.down.weight",
             "text_encoder.a.q_proj.lora_linear_layer.up.weight", "text_encoder_a_q_proj"}),
    [](const auto& form) { return std::string(form.param.name); });

TEST(LoraFile, ListsWhatItDoesNotKnow) {
  const TempDir folder;
  EXPECT_EQ(open_with(folder, "conv_in.weight", "a.oft_blocks").unknown(),
            (std::vector<std::string>{"a.oft_blocks", "conv_in.weight"}));
  EXPECT_ERROR(Code::bad_file, "no tensors",
               LoraFile::open(folder.write("b.safetensors", testing::safetensors_file("{}"))));
}

LoraKind kind_of(const LoraFile& file) { return file.modules().begin()->second.kind(); }

TEST(LoraFile, TellsTheKindsApart) {
  const TempDir folder;
  EXPECT_EQ(kind_of(open_with(folder, "a.lora_A.weight", "a.lora_B.weight", "a.diff_b")),
            LoraKind::low_rank);
  EXPECT_EQ(kind_of(open_with(folder, "a.hada_w1_a", "a.hada_w1_b", "a.hada_w2_a", "a.hada_w2_b")),
            LoraKind::hadamard);
  EXPECT_EQ(kind_of(open_with(folder, "a.lokr_w1", "a.lokr_w2_a", "a.lokr_w2_b")),
            LoraKind::kronecker);
  EXPECT_EQ(kind_of(open_with(folder, "a.diff")), LoraKind::full);
  EXPECT_EQ(kind_of(open_with(folder, "a.w_norm", "a.b_norm")), LoraKind::full);
  EXPECT_EQ(kind_of(open_with(folder, "a.diff_b")), LoraKind::none);
}

TEST(LoraFile, RefusesHalfAModule) {
  const TempDir folder;
  EXPECT_ERROR(Code::invalid_argument, "\"unet_a\" has no up factor",
               open_with(folder, "unet.a.lora_A.weight"));
  EXPECT_ERROR(Code::invalid_argument, "\"unet_a\" has no down factor",
               open_with(folder, "unet.a.lora_B.weight"));
  EXPECT_ERROR(Code::invalid_argument, "\"a\" has no hada_w2_b",
               open_with(folder, "a.hada_w1_a", "a.hada_w1_b", "a.hada_w2_a"));
  EXPECT_ERROR(
      Code::invalid_argument, "both or neither",
      open_with(folder, "a.hada_w1_a", "a.hada_w1_b", "a.hada_w2_a", "a.hada_w2_b", "a.hada_t1"));
  EXPECT_ERROR(Code::invalid_argument, "needs lokr_w2",
               open_with(folder, "a.lokr_w1", "a.lokr_w2_a"));
  EXPECT_ERROR(Code::invalid_argument, "needs lokr_w1",
               open_with(folder, "a.lokr_w1", "a.lokr_w1_a", "a.lokr_w1_b", "a.lokr_w2"));
  EXPECT_ERROR(Code::invalid_argument, "no factors", open_with(folder, "x", "a.alpha"));
  EXPECT_ERROR(Code::invalid_argument, "two kinds",
               open_with(folder, "a.diff", "a.lora_A.weight", "a.lora_B.weight"));
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
  EXPECT_ERROR(Code::invalid_argument, "\"u.lora_A.weight\" holds values that are not finite",
               file.read(*file.modules().at("u").find(LoraPart::down)));
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
  EXPECT_EQ(file.modules().at("unet_a_to_q").settings.alpha, 3);
  EXPECT_EQ(file.modules().at("unet_b_to_q").settings.alpha, 5);
}

/// A file of one module with these settings in its metadata; quotes are escaped here.
LoraFile open_with_settings(const TempDir& folder, std::string settings,
                            const std::string& module = "unet.a") {
  for (std::size_t at = 0; (at = settings.find('"', at)) != settings.npos; at += 2)
    settings.insert(at, "\\");
  const std::string header = R"({"__metadata__":{"lora_adapter_metadata":")" + settings + R"("},)" +
                             testing::entry(module + ".lora_A.weight", "F32", "1", 0, 4) + "," +
                             testing::entry(module + ".lora_B.weight", "F32", "1", 4, 8) + "}";
  return LoraFile::open(
      folder.write("a.safetensors", testing::safetensors_file(header, std::string(8, '\0'))));
}

TEST(LoraFile, RefusesSettingsOfAnotherKind) {
  const TempDir folder;
  EXPECT_ERROR(Code::invalid_argument, "lora_alpha",
               open_with_settings(folder, R"({"unet.lora_alpha": -1})"));
  EXPECT_ERROR(Code::bad_file, "lora_adapter_metadata", open_with_settings(folder, "[)"));
  EXPECT_ERROR(Code::unsupported, "peft_type is \"VERA\"",
               open_with_settings(folder, R"({"peft_type": "VERA"})"));
  EXPECT_ERROR(Code::unsupported, "unet.use_qalora",
               open_with_settings(folder, R"({"unet.use_qalora": true})"));
  EXPECT_ERROR(Code::invalid_argument, "use_dora",
               open_with_settings(folder, R"({"unet.use_dora": true})"));
}

double scale_of(const LoraFile& file, double rank) {
  return file.modules().begin()->second.scale(rank);
}

TEST(LoraFile, ScalesAsTheSettingsSay) {
  const TempDir folder;
  EXPECT_EQ(scale_of(open_with_settings(folder, R"({"lora_alpha": 2, "r": 4})"), 4), 0.5);
  EXPECT_EQ(scale_of(open_with_settings(folder, R"({"unet.lora_alpha": 2, "unet.r": 4})"), 4), 0.5);
  EXPECT_EQ(
      scale_of(open_with_settings(folder, R"({"unet.lora_alpha": 2, "unet.use_rslora": true})"), 4),
      1);
  EXPECT_EQ(scale_of(open_with_settings(folder, R"({"text_encoder.lora_alpha": 2})"), 4), 1);
}

TEST(LoraFile, ReadsAFolderAsPeftWritesIt) {
  const TempDir folder;
  folder.write("adapter_model.safetensors", testing::file_of("base_model.model.a.lora_A.weight",
                                                             "base_model.model.a.lora_B.weight"));
  EXPECT_EQ(scale_of(LoraFile::open(folder.path()), 4), 1);
  folder.write("adapter_config.json", R"({"peft_type": "LORA", "r": 4, "lora_alpha": 8})");
  EXPECT_EQ(scale_of(LoraFile::open(folder.path()), 4), 2);
  EXPECT_EQ(scale_of(LoraFile::open(folder / "adapter_model.safetensors"), 4), 2);
  folder.write("adapter_config.json", "{");
  EXPECT_ERROR(Code::bad_file, "adapter_config.json", LoraFile::open(folder.path()));
}

TEST(LoraFile, OfAFolderIsTheOnlyOne) {
  const TempDir folder;
  EXPECT_ERROR(Code::not_found, "0 other safetensors files", LoraFile::open(folder.path()));
  const std::string file = testing::file_of("a.lora_A.weight", "a.lora_B.weight");
  folder.write("style.safetensors", file);
  EXPECT_EQ(LoraFile::open(folder.path()).path().filename(), "style.safetensors");
  folder.write("other.safetensors", file);
  EXPECT_ERROR(Code::not_found, "2 other safetensors files: name one",
               LoraFile::open(folder.path()));
}

/// The format is recognised by content.
TEST(LoraFile, OfAFolderMayHaveTheNameOfAPickle) {
  const TempDir folder;
  folder.write("adapter_model.bin", testing::file_of("a.lora_A.weight", "a.lora_B.weight"));
  folder.write("adapter_config.json", R"({"peft_type": "LORA", "r": 4, "lora_alpha": 8})");
  EXPECT_EQ(scale_of(LoraFile::open(folder.path()), 4), 2);
  EXPECT_ERROR(Code::not_found, "holds neither adapter_model.safetensors",
               LoraFile::open(folder.path(), Pickles::refused));
}

TEST(LoraFile, TakesWholeLayersOnlyWhereTheSettingsSaySo) {
  const TempDir folder;
  folder.write("adapter_model.safetensors", testing::file_of("base_model.model.conv_out.weight",
                                                             "base_model.model.a.base_layer.bias"));
  EXPECT_EQ(LoraFile::open(folder.path()).unknown().size(), 2u);
  folder.write("adapter_config.json", R"({"bias": "all", "modules_to_save": ["conv_out"]})");
  const LoraFile file = LoraFile::open(folder.path());
  EXPECT_EQ(file.modules().at("conv_out").kind(), LoraKind::replaced);
  EXPECT_NE(file.modules().at("a").find(LoraPart::new_bias), nullptr);
}

}  // namespace
}  // namespace latentrt::io
