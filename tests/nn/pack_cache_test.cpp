/// Packed weights read from disk equal those that were packed, or are not used.
#include "nn/weights/pack_cache.hpp"

#include <ATen/ops/equal.h>
#include <ATen/ops/full.h>
#include <ATen/ops/randn.h>
#include <gtest/gtest.h>

#include <array>
#include <cstring>
#include <fstream>
#include <functional>
#include <nlohmann/json.hpp>

#include "base/content_hash.hpp"
#include "io/safetensors/safetensors.hpp"
#include "io/safetensors/safetensors_writer.hpp"
#include "nn/passes/mark_quantizable.hpp"
#include "nn/run/executor.hpp"
#include "nn/weights/packed_file.hpp"
#include "nn/weights/scalar_type.hpp"
#include "support/expect_error.hpp"
#include "support/temp_dir.hpp"
#include "support/tiny_unet.hpp"

namespace latentrt::pipeline {
namespace {

namespace fs = std::filesystem;

class PackCacheTest : public ::testing::TestWithParam<DType> {
 protected:
  using Weights = std::shared_ptr<const nn::BoundWeights>;

  void SetUp() override {
    if (!nn::can_pack(at::kCPU, GetParam())) GTEST_SKIP() << "this processor has no such kernels";
    if (GetParam() == DType::int8 && !nn::can_quantize(at::kCPU))
      GTEST_SKIP() << "this processor has no products of 8-bit numbers";
    store_weights(1);
  }

  void store_weights(std::uint64_t seed) {
    const nn::BoundWeights random = nn::random_weights(program_, seed, {});
    TensorMap tensors;
    for (std::size_t id = 0; id < program_.weights().size(); ++id) {
      const at::Tensor weight = random[static_cast<nn::WeightId>(id)].contiguous();
      const float* const numbers = weight.const_data_ptr<float>();
      const nn::WeightSpec& spec = program_.weights()[id].parts.at(0);
      tensors[spec.name] = {spec.shape, {numbers, numbers + weight.numel()}};
    }
    io::write_safetensors(stored_file_, tensors, {});
  }

  Weights bind(PackCache& cache) const {
    const auto stored = io::WeightMap::from_file(stored_file_, io::canonical_diffusers_key);
    return cache.bind(program_, stored, {.dtype = GetParam(), .packed = true}, "unet");
  }

  at::Tensor run(const Weights& weights, std::int64_t side = 8) const {
    at::manual_seed(7);
    const auto type = nn::scalar_type(GetParam());
    const nn::NamedTensors inputs{
        {"sample",
         at::randn({2, 4, side, side}).to(type).contiguous(at::MemoryFormat::ChannelsLast)},
        {"timestep", at::full({2}, 321.0)},
        {"encoder_hidden_states", at::randn({2, 5, testing::kTinyContext}).to(type)}};
    return nn::run(program_, *weights, nn::LocalOps(), inputs).at("out");
  }

  /// The results of a process that packs and writes.
  at::Tensor first_run() const {
    PackCache cache(folder_);
    const Weights weights = bind(cache);
    const at::Tensor out = run(weights);
    cache.update();
    return out;
  }

  fs::path file() const {
    EXPECT_EQ(std::distance(fs::directory_iterator(folder_), {}), 1);
    return fs::directory_iterator(folder_)->path();
  }

  /// The file with another index and a correct hash.
  void rewrite_index(const std::function<void(nlohmann::ordered_json&)>& change) const {
    struct Header {
      std::array<char, 8> magic;
      std::uint64_t index_bytes;
      ContentHash hash;
      std::uint64_t data_bytes;
    } header;
    const std::string content = testing::content_of(file());
    std::memcpy(&header, content.data(), sizeof header);
    auto index = nlohmann::ordered_json::parse(content.substr(sizeof header, header.index_bytes));
    const std::string data = content.substr(content.size() - header.data_bytes);
    change(index);
    std::string text = index.dump();
    header.index_bytes = text.size();
    header.hash = content_hash(text);
    text.resize((sizeof header + text.size() + 63) / 64 * 64 - sizeof header, '\0');
    std::ofstream(file(), std::ios::binary)
        << std::string_view(reinterpret_cast<const char*>(&header), sizeof header) << text << data;
  }

  /// The file with changed bytes from `begin` on.
  void change_bytes(std::uintmax_t begin, std::size_t count, char (*change)(char)) const {
    std::string content = testing::content_of(file());
    for (std::size_t i = begin; i < std::min(begin + count, content.size()); ++i)
      content[i] = change(content[i]);
    std::ofstream(file(), std::ios::binary) << content;
  }

  /// Number of weights that a new process takes from an earlier one.
  int taken() const {
    PackCache cache(folder_);
    const Weights weights = bind(cache);
    int count = 0;
    for (std::size_t id = 0; id < weights->size(); ++id)
      count += weights->placed(static_cast<nn::WeightId>(id)).memory.defined();
    return count;
  }

  const testing::TempDir temp_;
  const fs::path folder_ = temp_ / "packed", stored_file_ = temp_ / "unet.safetensors";
  /// Wide enough for 8 bits.
  const nn::Program program_ =
      nn::mark_quantizable(models::build_unet(models::UnetConfig::from(io::Config::from_text(
          R"({"block_out_channels": [32, 64], "layers_per_block": 1, "attention_head_dim": 2, "cross_attention_dim": 12,
          "down_block_types": ["DownBlock2D", "CrossAttnDownBlock2D"],
          "up_block_types": ["CrossAttnUpBlock2D", "UpBlock2D"]})",
          "small unet"))));
  const int maps_ = [this] {
    int count = 0;
    for (const nn::Node& node : program_.nodes()) {
      count += std::holds_alternative<nn::Linear>(node.op) ||
               std::holds_alternative<nn::Conv2d>(node.op);
    }
    return count;
  }();
};

INSTANTIATE_TEST_SUITE_P(Types, PackCacheTest,
                         ::testing::Values(DType::fp32, DType::bf16, DType::int8),
                         [](const auto& type) { return std::string(name_of(type.param)); });

TEST_P(PackCacheTest, WhatIsReadComputesTheSameBits) {
  const at::Tensor wanted = first_run();
  EXPECT_EQ(taken(), maps_);
  PackCache cache(folder_);
  const Weights weights = bind(cache);
  const std::size_t layouts = nn::packed_layouts(*weights);
  EXPECT_TRUE(at::equal(run(weights), wanted));
  EXPECT_EQ(nn::packed_layouts(*weights), layouts);
}

TEST_P(PackCacheTest, WeightsStayWhenTheCacheAndItsFilesAreGone) {
  const at::Tensor wanted = first_run();
  const Weights weights = [&] {
    PackCache cache(folder_);
    return bind(cache);
  }();
  fs::remove_all(folder_);
  EXPECT_TRUE(at::equal(run(weights), wanted));
}

TEST_P(PackCacheTest, NewSizesAreAdded) {
  first_run();
  const auto count = [&] {
    PackCache cache(folder_);
    return nn::packed_layouts(*bind(cache));
  };
  const std::size_t before = count();
  PackCache cache(folder_);
  const Weights weights = bind(cache);
  run(weights, 12);
  EXPECT_EQ(count(), before);
  cache.update();
  EXPECT_GT(count(), before);
  const auto written = fs::last_write_time(file());
  cache.update();
  EXPECT_EQ(fs::last_write_time(file()), written);  // no layout was new
}

TEST_P(PackCacheTest, CutAndDamagedFilesArePassedOverAndReplaced) {
  const at::Tensor wanted = first_run();
  const auto size = fs::file_size(file());
  const auto expect_replaced = [&](const std::string& what) {
    EXPECT_EQ(taken(), 0) << what;
    EXPECT_TRUE(at::equal(first_run(), wanted)) << what;
    EXPECT_EQ(fs::file_size(file()), size) << what;
    EXPECT_EQ(taken(), maps_) << what;
  };
  for (const std::uintmax_t left : {std::uintmax_t{0}, std::uintmax_t{20}, size / 2, size - 1}) {
    fs::resize_file(file(), left);
    expect_replaced("cut to " + std::to_string(left));
  }
  fs::resize_file(file(), size + 1);
  expect_replaced("longer");
  for (const int place : {0, 9, 17, 25, 40, 200}) {
    std::fstream stream(file(), std::ios::in | std::ios::out | std::ios::binary);
    stream.seekg(place);
    const int byte = stream.get();
    stream.seekp(place);
    stream.put(static_cast<char>(byte ^ 0x41));
    stream.close();
    expect_replaced("byte " + std::to_string(place));
  }
}

/// Damage that no header or index reveals.
TEST_P(PackCacheTest, DamagedDataIsPassedOverAndReplaced) {
  constexpr std::size_t kPage = 4096, kMebibyte = 1 << 20;
  const at::Tensor wanted = first_run();
  const auto expect_replaced = [&](const char* what) {
    EXPECT_EQ(taken(), 0) << what;
    EXPECT_TRUE(at::equal(first_run(), wanted)) << what;
    EXPECT_EQ(taken(), maps_) << what;
  };
  const auto middle = fs::file_size(file()) / 2 / kPage * kPage;
  change_bytes(middle, kPage, [](char) { return '\0'; });
  expect_replaced("a page of zeros");
  change_bytes(middle, kMebibyte, [](char byte) { return static_cast<char>(~byte); });
  expect_replaced("a flipped mebibyte");
  change_bytes(middle, 1, [](char byte) { return static_cast<char>(byte ^ 1); });
  expect_replaced("a flipped bit");
}

/// An index that was written on purpose, not damaged by chance.
TEST_P(PackCacheTest, ACraftedIndexIsPassedOver) {
  using Json = nlohmann::ordered_json;
  first_run();
  const auto expect_passed_over = [&](const char* what, const auto& change) {
    const std::string before = testing::content_of(file());
    rewrite_index(change);
    EXPECT_EQ(taken(), 0) << what;
    std::ofstream(file(), std::ios::binary) << before;
  };
  rewrite_index([](Json&) {});
  EXPECT_EQ(taken(), maps_);
  const auto first_layout = [](Json& index) -> Json& { return index["weights"][0]["layouts"][0]; };
  expect_passed_over("offset",
                     [&](Json& index) { first_layout(index)["offset"] = UINT64_MAX - 63; });
  expect_passed_over("bytes", [&](Json& index) { first_layout(index)["bytes"] = UINT64_MAX; });
  expect_passed_over("no layouts", [](Json& index) {
    for (Json& weight : index["weights"]) weight["layouts"] = Json::array();
  });
  expect_passed_over("shape", [&](Json& index) { first_layout(index)["shape"] = {1, 1}; });
  expect_passed_over("twice", [](Json& index) {
    index["weights"].insert(index["weights"].begin(), Json(index["weights"][0]));
  });
  expect_passed_over("descriptor", [&](Json& index) { first_layout(index)["descriptor"] = "00"; });
  expect_passed_over("another weight's data", [&](Json& index) {
    first_layout(index)["offset"] = index["weights"].back()["layouts"][0]["offset"];
  });
  EXPECT_EQ(taken(), maps_);
}

/// Kernels do not check the layouts.
TEST_P(PackCacheTest, AFileThatOthersMayWriteIsPassedOver) {
  first_run();
  EXPECT_EQ(taken(), maps_);
  for (const auto whose : {fs::perms::group_write, fs::perms::others_write}) {
    fs::permissions(file(), whose, fs::perm_options::add);
    EXPECT_EQ(taken(), 0);
    fs::permissions(file(), whose, fs::perm_options::remove);
  }
  EXPECT_EQ(taken(), maps_);
}

/// Two fine-tunes of one model have equal names and sizes; in archives they have equal times, too.
TEST_P(PackCacheTest, OtherWeightsAreNotTakenForThem) {
  const at::Tensor old = first_run();
  const auto time = fs::last_write_time(stored_file_);
  const auto size = fs::file_size(stored_file_);
  store_weights(2);
  fs::last_write_time(stored_file_, time);
  ASSERT_EQ(fs::file_size(stored_file_), size);
  EXPECT_EQ(taken(), 0);
  PackCache cache(folder_);
  EXPECT_FALSE(at::equal(run(bind(cache)), old));
}

/// The same weights at another place and time are recognised as the same.
TEST_P(PackCacheTest, WeightsAreKnownByTheirContent) {
  first_run();
  store_weights(1);
  EXPECT_EQ(taken(), maps_);
}

/// One changed value of one tensor makes another model.
TEST_P(PackCacheTest, OneChangedValueIsAnotherModel) {
  first_run();
  const auto stored = io::open_safetensors(stored_file_);
  const auto& tensor = stored.tensors().at("conv_in.weight");
  std::string content = testing::content_of(stored_file_);
  const std::size_t data = content.size() - [&] {
    std::uint64_t end = 0;
    for (const auto& [name, info] : stored.tensors()) end = std::max(end, info.end);
    return end;
  }();
  char& byte = content[data + tensor.begin + 17];
  byte = static_cast<char>(byte ^ 1);
  std::ofstream(stored_file_, std::ios::binary) << content;
  EXPECT_EQ(taken(), 0);
}

TEST_P(PackCacheTest, AFolderThatCannotBeMadeIsAnError) {
  std::ofstream(folder_) << "a file";
  EXPECT_ERROR(Code::invalid_argument, "cannot be made or written to", PackCache(folder_));
}

}  // namespace
}  // namespace latentrt::pipeline
