#include "io/weight_files.hpp"

#include <gtest/gtest.h>

#include "support/expect_error.hpp"
#include "support/temp_dir.hpp"

namespace latentrt::io {
namespace {

constexpr const char* kStem = "diffusion_pytorch_model";

/// A folder with these (empty) files; only names matter here.
class WeightFilesIn : public testing::TempDir {
 public:
  explicit WeightFilesIn(std::initializer_list<const char*> names) {
    for (const char* name : names) write(name, "");
  }

  std::string find(const std::string& variant, bool is_index = false) const {
    const FoundWeights found = find_weights(path(), {.stem = kStem, .variant = variant});
    EXPECT_EQ(found.is_index, is_index);
    EXPECT_EQ(found.file.parent_path(), path());
    return found.file.filename();
  }
};

TEST(FindWeights, ThePlainFileComesFirst) {
  const WeightFilesIn dir{
      "diffusion_pytorch_model.safetensors", "diffusion_pytorch_model.fp16.safetensors",
      "diffusion_pytorch_model.safetensors.index.json", "diffusion_pytorch_model.bin"};
  EXPECT_EQ(dir.find(""), "diffusion_pytorch_model.safetensors");
  EXPECT_EQ(dir.find("fp16"), "diffusion_pytorch_model.fp16.safetensors");
}

TEST(FindWeights, ShardsHaveAnIndex) {
  const WeightFilesIn dir{"diffusion_pytorch_model.safetensors.index.json",
                          "diffusion_pytorch_model-00001-of-00001.safetensors",
                          "diffusion_pytorch_model.safetensors.index.fp16.json",
                          "diffusion_pytorch_model.fp16-00001-of-00001.safetensors"};
  EXPECT_EQ(dir.find("", true), "diffusion_pytorch_model.safetensors.index.json");
  EXPECT_EQ(dir.find("fp16", true), "diffusion_pytorch_model.safetensors.index.fp16.json");
}

TEST(FindWeights, TheOnlyVariantIsTakenUnasked) {
  EXPECT_EQ(WeightFilesIn({"diffusion_pytorch_model.fp16.safetensors"}).find(""),
            "diffusion_pytorch_model.fp16.safetensors");
  EXPECT_EQ(WeightFilesIn({"diffusion_pytorch_model.safetensors.index.fp16.json",
                           "diffusion_pytorch_model.fp16-00001-of-00002.safetensors"})
                .find("", true),
            "diffusion_pytorch_model.safetensors.index.fp16.json");
}

TEST(FindWeights, AnAmbiguousOrAbsentVariantListsThoseThatAreThere) {
  const WeightFilesIn two{"diffusion_pytorch_model.fp16.safetensors",
                          "diffusion_pytorch_model.non_ema.safetensors"};
  EXPECT_ERROR(Code::not_found, "existing variants: fp16, non_ema", two.find(""));
  EXPECT_ERROR(Code::not_found, "neither diffusion_pytorch_model.bf16.safetensors",
               two.find("bf16"));
  EXPECT_ERROR(Code::not_found, "existing variants: fp16, non_ema", two.find("bf16"));
  EXPECT_ERROR(Code::not_found, two.path().string(), two.find("bf16"));
  EXPECT_ERROR(Code::not_found, "neither diffusion_pytorch_model.fp16.safetensors",
               WeightFilesIn({"diffusion_pytorch_model.safetensors"}).find("fp16"));
}

TEST(FindWeights, WithoutTheVariantThePlainFileMayDo) {
  const WeightFilesIn plain{"diffusion_pytorch_model.safetensors"};
  const WeightFiles wanted{.stem = kStem, .variant = "fp16", .or_plain = true};
  EXPECT_EQ(find_weights(plain.path(), wanted).file.filename(),
            "diffusion_pytorch_model.safetensors");
  const WeightFilesIn both{"diffusion_pytorch_model.safetensors",
                           "diffusion_pytorch_model.fp16.safetensors"};
  EXPECT_EQ(find_weights(both.path(), wanted).file.filename(),
            "diffusion_pytorch_model.fp16.safetensors");
  EXPECT_ERROR(Code::not_found, "diffusion_pytorch_model.safetensors",
               find_weights(WeightFilesIn({}).path(), wanted));
}

TEST(FindWeights, AnotherStemIsNoMatch) {
  EXPECT_ERROR(Code::not_found, "diffusion_pytorch_model.safetensors",
               WeightFilesIn({"model.safetensors"}).find(""));
  EXPECT_ERROR(Code::not_found, "diffusion_pytorch_model.safetensors", WeightFilesIn({}).find(""));
}

TEST(FindWeights, WhereThereIsNoSafetensorsFileAPickleMayDo) {
  EXPECT_EQ(WeightFilesIn({"diffusion_pytorch_model.bin"}).find(""), "diffusion_pytorch_model.bin");
  EXPECT_EQ(WeightFilesIn({"diffusion_pytorch_model.fp16.bin", "diffusion_pytorch_model.bin"})
                .find("fp16"),
            "diffusion_pytorch_model.fp16.bin");
  EXPECT_EQ(WeightFilesIn({"diffusion_pytorch_model.fp16.bin"}).find(""),
            "diffusion_pytorch_model.fp16.bin");
  EXPECT_EQ(WeightFilesIn({"diffusion_pytorch_model.bin.index.json",
                           "diffusion_pytorch_model-00001-of-00002.bin"})
                .find("", true),
            "diffusion_pytorch_model.bin.index.json");
  EXPECT_EQ(
      WeightFilesIn({"diffusion_pytorch_model.fp16.safetensors", "diffusion_pytorch_model.bin"})
          .find(""),
      "diffusion_pytorch_model.fp16.safetensors");
  const WeightFilesIn encoder{"pytorch_model.bin", "pytorch_model.fp16.bin"};
  EXPECT_EQ(find_weights(encoder.path(), {.stem = "model"}).file.filename(), "pytorch_model.bin");
  EXPECT_TRUE(has_variant(encoder.path(), {.stem = "model", .variant = "fp16"}));
  EXPECT_ERROR(Code::not_found,
               "neither diffusion_pytorch_model.safetensors nor diffusion_pytorch_model.bin nor",
               encoder.find(""));
}

TEST(FindWeights, PicklesAreRefusedOnRequest) {
  for (const char* name : {"diffusion_pytorch_model.bin", "model.ckpt", "a.pt", "b.pth"}) {
    const WeightFilesIn dir{"config.json", name};
    for (const char* variant : {"", "fp16"}) {
      const WeightFiles files{.stem = kStem, .variant = variant, .pickles = Pickles::refused};
      EXPECT_ERROR(Code::unsafe_file, std::string(name) + ": the weights are a pickle",
                   find_weights(dir.path(), files));
      EXPECT_ERROR(Code::unsafe_file, "convert them to diffusion_pytorch_model.safetensors",
                   find_weights(dir.path(), files));
      EXPECT_FALSE(has_variant(dir.path(), files));
    }
  }
}

TEST(FindWeights, AVariantIsNeverAPath) {
  const WeightFilesIn dir{"diffusion_pytorch_model.safetensors"};
  EXPECT_ERROR(Code::invalid_argument, "variant \"x/../../y\"", dir.find("x/../../y"));
  EXPECT_ERROR(Code::invalid_argument, "variant", dir.find(std::string("a\0b", 3)));
}

TEST(FindWeights, DanglingLinksAndMissingFoldersAreNotFound) {
  const WeightFilesIn dir{};
  std::filesystem::create_symlink("nowhere", dir / "diffusion_pytorch_model.fp16.safetensors");
  EXPECT_ERROR(Code::not_found, "diffusion_pytorch_model.safetensors", dir.find(""));
  EXPECT_ERROR(Code::not_found, "none", find_weights(dir / "none", {.stem = kStem, .variant = ""}));
}

}  // namespace
}  // namespace latentrt::io
