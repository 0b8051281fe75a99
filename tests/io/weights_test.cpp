#include "io/weights.hpp"

#include <gtest/gtest.h>

#include "safetensors_bytes.hpp"
#include "support/expect_error.hpp"
#include "support/temp_dir.hpp"

namespace latentrt::io {
namespace {

namespace fs = std::filesystem;
using testing::file_of;
using testing::TempDir;

constexpr const char* kIndex = "model.safetensors.index.json";

std::string same_name(std::string_view name) { return std::string(name); }

WeightMap open(const fs::path& folder) {
  return WeightMap::open(folder, {.stem = "model", .variant = ""}, same_name);
}

/// An index whose map has these members: `"tensor":"shard"`.
std::string index_of(std::string_view members) {
  return R"({"metadata":{"total_size":8},"weight_map":{)" + std::string(members) + "}}";
}

float value_of(const WeightMap& weights, const std::string& name) {
  float value = -1;
  weights.find(name)->read(std::as_writable_bytes(std::span(&value, 1)));
  return value;
}

TEST(WeightMap, OneFileIsReadUnderCanonicalNames) {
  const TempDir dir;
  dir.write("model.safetensors",
            file_of("text_model.a", "b", "text_model.embeddings.position_ids"));
  const auto weights =
      WeightMap::open(dir.path(), {.stem = "model", .variant = ""}, canonical_clip_key);
  EXPECT_EQ(weights.path(), dir / "model.safetensors");
  EXPECT_EQ(weights.tensors().size(), 2u);
  EXPECT_EQ(value_of(weights, "a"), 0);
  EXPECT_EQ(value_of(weights, "b"), 1);
  EXPECT_EQ(weights.find("text_model.a"), nullptr);
  EXPECT_EQ(weights.find("embeddings.position_ids"), nullptr);
}

TEST(WeightMap, TwoNamesForOneTensorAreABadFile) {
  const TempDir dir;
  const auto file = dir.write("m.safetensors",
                              file_of("a.attentions.0.query.weight", "a.attentions.0.to_q.weight"));
  EXPECT_ERROR(Code::bad_file, "names that mean \"a.attentions.0.to_q.weight\"",
               WeightMap::from_file(file, canonical_diffusers_key));
  EXPECT_ERROR(Code::bad_file, file.string(), WeightMap::from_file(file, canonical_diffusers_key));
}

TEST(ShardedWeights, ComeFromAllShards) {
  const TempDir dir;
  dir.write("model-1.safetensors", file_of("a", "b"));
  dir.write("model-2.safetensors", file_of("c", "unlisted", "d"));
  dir.write(
      kIndex,
      index_of(R"("a":"model-1.safetensors","d":"model-2.safetensors","b":"model-1.safetensors")"));
  const WeightMap weights = open(dir.path());
  EXPECT_EQ(weights.path(), dir / kIndex);
  EXPECT_EQ(weights.tensors().size(), 3u);
  EXPECT_EQ(value_of(weights, "b"), 1);
  EXPECT_EQ(value_of(weights, "d"), 2);
  EXPECT_EQ(weights.find("a")->file.path(), dir / "model-1.safetensors");
}

TEST(ShardedWeights, AVariantHasItsOwnIndex) {
  const TempDir dir;
  dir.write("model.fp16-00001-of-00001.safetensors", file_of("a"));
  dir.write("model.safetensors.index.fp16.json",
            index_of(R"("a":"model.fp16-00001-of-00001.safetensors")"));
  EXPECT_EQ(value_of(open(dir.path()), "a"), 0);
}

class HostileShard : public ::testing::TestWithParam<const char*> {};

TEST_P(HostileShard, IsNotAFileName) {
  const TempDir dir;
  dir.write("secret.safetensors", file_of("a"));
  fs::create_directory(dir / "unet");
  const std::string shard = GetParam();
  dir.write(std::string("unet/") + kIndex, index_of("\"a\":\"" + shard + '"'));
  EXPECT_ERROR(Code::bad_file, "is not a file name", open(dir / "unet"));
  EXPECT_ERROR(Code::bad_file, std::string("unet/") + kIndex, open(dir / "unet"));
}

INSTANTIATE_TEST_SUITE_P(Names, HostileShard,
                         ::testing::Values("../secret.safetensors", "/etc/passwd", "", ".", "..",
                                           "./a.safetensors", "sub/a.safetensors",
                                           "a\\u0000.safetensors", "\\u001b[2J", "a\\n"));

TEST(ShardedWeights, LinksOutOfTheFolderAreUnsafe) {
  const TempDir dir;
  dir.write("secret.safetensors", file_of("a"));
  dir.write(std::string("unet/") + kIndex, index_of(R"("a":"s.safetensors")"));
  fs::create_symlink("../secret.safetensors", dir / "unet/s.safetensors");
  EXPECT_ERROR(Code::unsafe_file, "shard \"s.safetensors\" is a link out of the folder",
               open(dir / "unet"));
}

/// Names are links into a folder of contents, next to which the snapshots are.
TEST(ShardedWeights, LinksOfADownloadCacheAreFollowed) {
  const TempDir dir;
  dir.write("blobs/1111", file_of("a"));
  dir.write("blobs/2222", index_of(R"("a":"s.safetensors")"));
  fs::create_directories(dir / "snapshots/main");
  fs::create_symlink("../../blobs/1111", dir / "snapshots/main/s.safetensors");
  fs::create_symlink("../../blobs/2222", dir / "snapshots/main" / kIndex);
  EXPECT_EQ(value_of(open(dir / "snapshots/main"), "a"), 0);
}

TEST(ShardedWeights, AreAllThere) {
  const TempDir dir;
  dir.write("s.safetensors", file_of("a"));
  dir.write(kIndex, index_of(R"("a":"none.safetensors")"));
  EXPECT_ERROR(Code::not_found, std::string(kIndex) + ": shard \"none.safetensors\" is missing",
               open(dir.path()));
  dir.write(kIndex, index_of(R"("a":"s.safetensors","b":"s.safetensors")"));
  EXPECT_ERROR(Code::bad_file, "tensor \"b\" is not in shard \"s.safetensors\"", open(dir.path()));
  fs::create_directory(dir / "folder");
  dir.write(kIndex, index_of(R"("a":"folder")"));
  EXPECT_ERROR(Code::bad_file, "folder: not a regular file", open(dir.path()));
}

TEST(ShardedWeights, TheIndexIsWellFormed) {
  const TempDir dir;
  for (const char* text :
       {"[]", "{}", R"({"weight_map":[]})", R"({"weight_map":{}})", R"({"weight_map":null})"}) {
    dir.write(kIndex, text);
    EXPECT_ERROR(Code::bad_file, std::string(kIndex) + ": weight_map is not an object",
                 open(dir.path()));
  }
  dir.write(kIndex, index_of("\"a\":1"));
  EXPECT_ERROR(Code::bad_file, "the shard of tensor \"a\" is not a string", open(dir.path()));
  dir.write(kIndex, index_of(R"("a":"s","a":"s")"));
  EXPECT_ERROR(Code::bad_file, "repeats key \"a\"", open(dir.path()));
  dir.write(kIndex, "{\"weight_map\":");
  EXPECT_ERROR(Code::bad_file, "not valid JSON", open(dir.path()));
}

TEST(ShardedWeights, TwoShardsMayNotMeanOneTensor) {
  const TempDir dir;
  dir.write("1.safetensors", file_of("text_model.a"));
  dir.write("2.safetensors", file_of("a"));
  dir.write(kIndex, index_of(R"("text_model.a":"1.safetensors","a":"2.safetensors")"));
  EXPECT_ERROR(Code::bad_file, "names that mean \"a\"",
               WeightMap::open(dir.path(), {.stem = "model", .variant = ""}, canonical_clip_key));
}

}  // namespace
}  // namespace latentrt::io
