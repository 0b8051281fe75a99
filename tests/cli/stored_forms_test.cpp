/// Other storage forms of model files: they give the same picture as the usual form.
#include <cmath>
#include <cstring>
#include <fstream>
#include <nlohmann/json.hpp>

#include "cli/latentrt_fixture.hpp"
#include "cli/pictures/png.hpp"
#include "io/safetensors_bytes.hpp"

namespace latentrt::testing {
namespace {

namespace fs = std::filesystem;
using Json = nlohmann::ordered_json;

const fs::path kGolden = fs::path(LATENTRT_SOURCE_DIR) / "tests/golden";
const std::string kShapesVae = kModel + "/vae";

/// A safetensors file as its header and its data.
struct Stored {
  explicit Stored(const fs::path& file) {
    const std::string content = content_of(file);
    std::uint64_t length = 0;
    std::memcpy(&length, content.data(), sizeof length);
    header = Json::parse(content.substr(sizeof length, length));
    data = content.substr(sizeof length + length);
  }
  Stored() : header(Json::object()) {}

  std::string bytes_of(const std::string& name) const {
    const std::size_t begin = header.at(name)["data_offsets"][0],
                      end = header.at(name)["data_offsets"][1];
    return data.substr(begin, end - begin);
  }
  void add(const std::string& name, const std::string& dtype, const Json& shape,
           std::string_view bytes) {
    header[name] = {{"dtype", dtype},
                    {"shape", shape},
                    {"data_offsets", {data.size(), data.size() + bytes.size()}}};
    data += bytes;
  }
  std::string file() const { return safetensors_file(header.dump(), data); }

  Json header;
  std::string data;
};

/// Finite fp16 values, little-endian.
std::vector<float> widened_halves(const std::string& bytes) {
  std::vector<float> values(bytes.size() / 2);
  for (std::size_t i = 0; i < values.size(); ++i) {
    std::uint16_t half = 0;
    std::memcpy(&half, bytes.data() + 2 * i, sizeof half);
    const int exponent = half >> 10 & 31, fraction = half & 1023;
    const float size = exponent == 0
                           ? std::ldexp(static_cast<float>(fraction), -24)
                           : std::ldexp(static_cast<float>(1024 + fraction), exponent - 25);
    values[i] = half >> 15 != 0 ? -size : size;
  }
  return values;
}

class StoredForms : public Latentrt {
 protected:
  /// The picture's pixels and the latents' file. (The picture's file also contains the model's
  /// name.)
  std::string made(const Arguments& more, const std::string& command = "txt2img") {
    const TempDir out;
    Arguments all{"--steps",        "2",
                  "--guidance",     "7.5",
                  "--out",          (out / "o.png").string(),
                  "--save-latents", (out / "l.safetensors").string()};
    all.insert(all.end(), more.begin(), more.end());
    const Outcome outcome = generate(all, command);
    EXPECT_EQ(outcome.exit_code, 0) << outcome.err;
    if (outcome.exit_code != 0) return {};
    const Image picture = cli::read_png(out / "o.png");
    return content_of(out / "l.safetensors") +
           std::string(picture.pixels.begin(), picture.pixels.end());
  }

  /// With the small models of the goldens.
  std::string made_by(const std::string& model, const std::string& config, Arguments more = {}) {
    model_ = model;
    more.insert(more.end(), {"--width", "48", "--height", "32"});
    if (!config.empty()) more.insert(more.end(), {"--config", config});
    return made(more);
  }

  static std::string golden(const std::string& name) { return (kGolden / name).string(); }
};

TEST_F(StoredForms, ALoraWithLongMetadata) {
  const fs::path plain = kGolden / "checkpoints/lora_kohya_sd1.safetensors";
  Stored lora(plain);
  lora.header["__metadata__"]["ss_tag_frequency"] = std::string(146'185, 't');
  lora.header["__metadata__"]["modelspec.thumbnail"] = std::string(2'000'000, 'x');
  const fs::path big = models_.write("big.safetensors", lora.file());
  const std::string sd1 = golden("pipelines/sd1");
  EXPECT_EQ(made_by(sd1, "", {"--lora", big.string()}),
            made_by(sd1, "", {"--lora", plain.string()}));
}

/// The checkpoint with the UNet's matrices as 8-bit floats, and with the values that these
/// represent.
TEST_F(StoredForms, ACheckpointOfEightBitFloats) {
  const Stored plain(kGolden / "checkpoints/sd1.safetensors");
  Stored eight_bit, widened;
  const auto e4m3 = [](float value) {  // the nearest below, according to the format's definition
    int best = 0;
    const auto stands_for = [](int code) {
      const int exponent = code >> 3, fraction = code & 7;
      return exponent == 0 ? std::ldexp(static_cast<float>(fraction), -9)
                           : std::ldexp(static_cast<float>(8 + fraction), exponent - 10);
    };
    for (int code = 1; code < 127 && stands_for(code) <= std::abs(value); ++code) best = code;
    const float sign = value < 0 ? -1.0F : 1.0F;
    return std::pair(static_cast<char>(value < 0 ? best | 0x80 : best), sign * stands_for(best));
  };
  for (const auto& [name, entry] : plain.header.items()) {
    if (name == "__metadata__") continue;
    const std::string bytes = plain.bytes_of(name);
    if (!name.starts_with("model.diffusion_model.") || entry["shape"].size() < 2) {
      eight_bit.add(name, entry["dtype"], entry["shape"], bytes);
      widened.add(name, entry["dtype"], entry["shape"], bytes);
      continue;
    }
    ASSERT_EQ(entry["dtype"], "F16") << name;
    std::vector<float> values = widened_halves(bytes);
    std::string codes;
    for (float& value : values) {
      const auto [code, stands_for] = e4m3(value);
      codes += code;
      value = stands_for;
    }
    eight_bit.add(name, "F8_E4M3", entry["shape"], codes);
    widened.add(name, "F32", entry["shape"],
                {reinterpret_cast<const char*>(values.data()), sizeof(float) * values.size()});
  }
  ASSERT_NE(eight_bit.header.dump().find("F8_E4M3"), std::string::npos);
  const std::string config = golden("pipelines/sd1");
  EXPECT_EQ(made_by(models_.write("f8.safetensors", eight_bit.file()), config),
            made_by(models_.write("f32.safetensors", widened.file()), config));
}

TEST_F(StoredForms, AFolderInWhichOnlyTheDenoiserHasTheVariant) {
  const std::string wanted = made({});
  const fs::path unet = copied_model() / "unet";
  fs::rename(unet / "diffusion_pytorch_model.safetensors",
             unet / "diffusion_pytorch_model.fp16.safetensors");
  EXPECT_EQ(made({"--variant", "fp16"}), wanted);
  expect_refused(generate({"--variant", "fp32"}), "neither model.fp32.safetensors");
}

TEST_F(StoredForms, WhatADownloadSiteAnsweredIsNamed) {
  const std::string answer =
      R"({"error":"Unauthorized","message":"The creator of this asset requires you to be logged in"})";
  const std::string lora = models_.write("lora.safetensors", answer);
  expect_refused(generate({"--lora", lora}), "lora.safetensors: this is JSON text, not a model");
  for (const char* name : {"model.safetensors", "model.gguf", "model.ckpt"}) {
    model_ = models_.write(name, answer);
    expect_refused(generate({}), "this is JSON text, not a model");
  }
  model_ = models_.write("renamed.safetensors", "\x89PNG\r\n\x1A\n and more");
  expect_refused(generate({}), "a picture, not a model");
  const fs::path copy = copied_model();
  for (const char* name : {"unet/config.json", "model_index.json", "tokenizer/vocab.json"}) {
    const std::string before = content_of(copy / name);
    std::ofstream(copy / name) << "version https://git-lfs.github.com/spec/v1\n";
    expect_refused(generate({}), "a Git LFS pointer");
    std::ofstream(copy / name) << before;
  }
}

class SeparateVae : public StoredForms {};

TEST_F(SeparateVae, OfTheSameWeightsMakesTheSamePicture) {
  const std::string wanted = made({});
  EXPECT_EQ(made({"--vae", kShapesVae}), wanted);
  EXPECT_EQ(made({"--vae", kModel}), wanted);
  // The file contains neither the scaling factor nor the groups of the norms.
  EXPECT_EQ(made({"--vae", kShapesVae + "/diffusion_pytorch_model.safetensors"}), wanted);
}

TEST_F(SeparateVae, ReplacesOneThatIsNotThere) {
  const std::string wanted = made({});
  const fs::path copy = copied_model();
  fs::remove_all(copy / "vae");
  EXPECT_EQ(made({"--vae", kShapesVae}), wanted);
  expect_refused(generate({}), "vae");
}

TEST_F(SeparateVae, InTheTrainingCodesLayout) {
  const fs::path whole = kGolden / "checkpoints/sd1.safetensors";
  const std::string config = golden("pipelines/sd1");
  const std::string wanted = made_by(whole, config);
  EXPECT_EQ(made_by(whole, config, {"--vae", whole.string()}), wanted);
  const Stored stored(whole);
  Stored alone, without;
  for (const auto& [name, entry] : stored.header.items()) {
    constexpr std::string_view kPrefix = "first_stage_model.";
    if (name == "__metadata__") continue;
    const bool of_vae = name.starts_with(kPrefix);
    (of_vae ? alone : without)
        .add(of_vae ? name.substr(kPrefix.size()) : name, entry["dtype"], entry["shape"],
             stored.bytes_of(name));
  }
  const std::string vae = models_.write("vae.safetensors", alone.file());
  EXPECT_EQ(made_by(whole, config, {"--vae", vae}), wanted);
  // Checkpoints are published without an autoencoder, too.
  const std::string pruned = models_.write("pruned.safetensors", without.file());
  EXPECT_EQ(made_by(pruned, config, {"--vae", vae}), wanted);
  expect_refused(generate({"--config", config}), "given with --vae");
}

TEST_F(SeparateVae, AnAutoencoderTiny) {
  const std::string tiny = golden("networks/tiny_vae");
  const std::string picture = made({"--vae", tiny});
  EXPECT_EQ(made({"--vae", tiny + "/diffusion_pytorch_model.safetensors"}), picture);
  EXPECT_NE(picture, made({}));
}

TEST_F(SeparateVae, OfAnotherFamilyIsRefused) {
  for (const char* name :
       {"vae_no_quant", "tiny_vae_other_depths/diffusion_pytorch_model.safetensors"}) {
    expect_refused(generate({"--vae", golden("networks/" + std::string(name))}),
                   "this autoencoder's latents have 6 channels, the model's denoiser works on 4");
  }
  expect_refused(generate({"--vae", kModel + "/unet/diffusion_pytorch_model.safetensors"}),
                 "no autoencoder in it");
  expect_refused(generate({"--vae", kModel + "/unet"}), "UNet2DConditionModel is not supported");
  expect_refused(generate({"--vae", (models_ / "none").string()}), "none: No such file");
}

}  // namespace
}  // namespace latentrt::testing
