/// Checkpoints of PyTorch: which values are tensors, and checks before anything is read.
#include "io/torch_file/torch_file.hpp"

#include <gmock/gmock.h>

#include "io/tensor_file.hpp"
#include "io/weights.hpp"
#include "support/cpu_time.hpp"
#include "support/expect_error.hpp"
#include "support/memory_limit.hpp"
#include "support/temp_dir.hpp"
#include "support/torch_bytes.hpp"

namespace latentrt::io {
namespace {

using testing::raw;
using testing::torch_legacy;
using testing::torch_zip;
namespace pickle = testing::pickle;

const std::string kSix = raw(0.F) + raw(1.F) + raw(2.F) + raw(3.F) + raw(4.F) + raw(5.F);

std::string six(const pickle::View& view) {
  return pickle::tensor(pickle::storage("FloatStorage", "0", 6), view);
}

class TorchFileTest : public ::testing::Test {
 protected:
  TensorFile open(const std::string& bytes) const {
    return TensorFile::open(dir_.write("a.ckpt", bytes));
  }
  /// A file with a storage of six values.
  TensorFile open_value(const std::string& value) const {
    return open(torch_zip(value, {{"0", kSix}}));
  }
  std::vector<float> values_of(const TensorFile& file, const std::string& name) const {
    const TensorInfo& info = file.tensors().at(name);
    std::vector<float> values(static_cast<std::size_t>(info.bytes()) / sizeof(float));
    file.read(info, std::as_writable_bytes(std::span(values)));
    return values;
  }
  std::vector<float> values(const pickle::View& view) const {
    return values_of(open_value(pickle::dict({{"w", six(view)}})), "w");
  }
  void expect_view_refused(std::string_view part, const pickle::View& view) const {
    EXPECT_ERROR(Code::bad_file, part, open_value(pickle::dict({{"w", six(view)}})));
    EXPECT_ERROR(Code::bad_file, "a.ckpt: tensor \"w\"",
                 open_value(pickle::dict({{"w", six(view)}})));
  }
  void expect_refused(std::string_view part, const std::string& value) const {
    EXPECT_ERROR(Code::bad_file, part, open_value(value));
  }

  const testing::TempDir dir_;
};

TEST_F(TorchFileTest, ViewsAreReadInRowMajorOrder) {
  using ::testing::ElementsAre;
  EXPECT_THAT(values({{2, 3}, {3, 1}}), ElementsAre(0, 1, 2, 3, 4, 5));
  EXPECT_THAT(values({{3, 2}, {1, 3}}), ElementsAre(0, 3, 1, 4, 2, 5));
  EXPECT_THAT(values({{2, 2}, {2, 0}, 1}), ElementsAre(1, 1, 3, 3));
  EXPECT_THAT(values({{1, 3}, {77, 1}, 3}), ElementsAre(3, 4, 5));
  EXPECT_THAT(values({{}, {}, 5}), ElementsAre(5));
  EXPECT_THAT(values({{0, 3}, {3, 1}, 99}), ElementsAre());
}

TEST_F(TorchFileTest, ViewsMustLieInTheirStorage) {
  expect_view_refused("takes bytes 4 to 28 of a storage of 24", {{6}, {1}, 1});
  expect_view_refused("of a storage of 24", {{2, 3}, {4, 1}});
  expect_view_refused("of a storage of 24", {{}, {}, 6});
  expect_view_refused("of a storage of 24", {{1}, {1}, INT64_MAX / 4});
  for (const pickle::View& view : {pickle::View{{1}, {1}, -1},
                                   {{1}, {1}, INT64_MAX},
                                   {{-1}, {1}},
                                   {{2}, {-1}, 1},
                                   {{2}, {INT64_MAX}},
                                   {{INT32_MAX, INT32_MAX, INT32_MAX}, {0, 0, 0}},
                                   {{std::int64_t{1} << 31}, {0}},
                                   {{0, INT32_MAX, INT32_MAX, INT32_MAX}, {0, 0, 0, 0}},
                                   {{3, 3}, {INT64_MAX / 3, INT64_MAX / 3}}})
    expect_view_refused("which are not those of a tensor", view);
}

TEST_F(TorchFileTest, StoragesMustBeThereInTheirSize) {
  const auto of = [](const std::string& storage) {
    return pickle::dict({{"w", pickle::tensor(storage, {{1}, {1}})}});
  };
  expect_refused("is in storage \"1\", which is missing",
                 of(pickle::storage("FloatStorage", "1", 6)));
  expect_refused("of 5 elements of 4 bytes, which has 24 bytes",
                 of(pickle::storage("FloatStorage", "0", 5)));
  expect_refused("of 6 elements of 8 bytes", of(pickle::storage("DoubleStorage", "0", 6)));
  expect_refused("of -1 elements", of(pickle::storage("FloatStorage", "0", -1)));
  expect_refused("elements of 4 bytes", of(pickle::storage("FloatStorage", "0", INT64_MAX)));
  EXPECT_NO_THROW(open_value(of(pickle::storage("HalfStorage", "0", 12))));
}

/// 6 values expanded to a gigabyte.
TEST_F(TorchFileTest, ExpandedTensorsAreLimitedByTheFile) {
  expect_view_refused("too many for a file of", {{1024, 1024, 256}, {0, 0, 0}});
  EXPECT_EQ(values({{1024, 128}, {0, 0}}).size(), 1024U * 128);
}

/// Many tensors of two distant elements would each read everything in between.
TEST_F(TorchFileTest, WindowsAreLimitedByTheFile) {
  const std::string data(8u << 20, '\0');
  const std::int64_t elements = static_cast<std::int64_t>(data.size() / sizeof(float));
  std::vector<std::pair<std::string, std::string>> members;
  for (int i = 0; i < 70; ++i)
    members.emplace_back(
        std::to_string(i),
        pickle::tensor(pickle::storage("FloatStorage", "0", elements), {{2}, {elements - 1}}));
  EXPECT_ERROR(Code::bad_file, "too many for a file of",
               open(torch_zip(pickle::dict(members), {{"0", data}})));
}

TEST_F(TorchFileTest, MalformedTensorsAreOpaque) {
  const std::string storage = pickle::storage("FloatStorage", "0", 6);
  const std::string one = pickle::integers({1});
  for (const std::vector<std::string>& arguments :
       {std::vector<std::string>{},
        {storage},
        {storage, pickle::integer(0), one},
        {"N", pickle::integer(0), one, one},
        {storage, "N", one, one},
        {storage, pickle::integer(0), one, pickle::integers({1, 1})},
        {storage, pickle::integer(0), "N", one},
        {storage, pickle::integer(0), pickle::tuple({pickle::text("1")}), one},
        {storage, pickle::integer(0), pickle::integers({1, 1, 1, 1, 1, 1, 1, 1, 1}),
         pickle::integers({1, 1, 1, 1, 1, 1, 1, 1, 1})},
        {pickle::storage("ComplexFloatStorage", "0", 3), pickle::integer(0), one, one},
        {pickle::storage("WhatStorage", "0", 3), pickle::integer(0), one, one}}) {
    const TensorFile file = open_value(
        pickle::dict({{"w", six({{1}, {1}})},
                      {"x", pickle::call("torch._utils", "_rebuild_tensor_v2", arguments)}}));
    EXPECT_EQ(file.tensors().size(), 1U);
    EXPECT_EQ(file.others().at("x"), "an object of the class \"torch._utils._rebuild_tensor_v2\"");
  }
}

TEST_F(TorchFileTest, TheStateDictionaryIsFound) {
  const std::string w = six({{2}, {1}}), weights = pickle::dict({{"w", w}});
  for (const char* wrapper : {"state_dict", "model", "params", "params_ema", "string_to_param"}) {
    const TensorFile file = open_value(pickle::dict({{"epoch", "K\x01"}, {wrapper, weights}}));
    EXPECT_TRUE(file.tensors().contains("w")) << wrapper;
    EXPECT_EQ(file.tensors().size(), 1U);
  }
  const TensorFile plain = open_value(pickle::dict({{"model", weights}, {"v", w}}));
  EXPECT_TRUE(plain.tensors().contains("model.w"));
  EXPECT_TRUE(plain.tensors().contains("v"));
  const TensorFile both = open_value(pickle::dict(
      {{"params", pickle::dict({{"w", six({{1}, {1}, 1})}})}, {"params_ema", weights}}));
  EXPECT_EQ(both.tensors().at("w").shape, std::vector<std::int64_t>{2});
  const TensorFile trained = open_value(pickle::dict({{"w", w}, {"optimizer_states", weights}}));
  EXPECT_EQ(trained.tensors().size(), 1U);
}

TEST_F(TorchFileTest, OtherValuesAreNoStateDictionary) {
  expect_refused("a.ckpt: holds a list, not a dictionary of tensors", "]");
  expect_refused("holds a tensor, not a dictionary of tensors", six({{1}, {1}}));
  expect_refused("holds an object of the class \"os.system\"", pickle::command("false"));
  expect_refused("has an object of the class \"os.system\" as its state_dict",
                 pickle::dict({{"state_dict", pickle::command("false")}, {"w", six({{1}, {1}})}}));
  expect_refused("contains no tensors, but 1 other values; \"a\" is an object",
                 pickle::dict({{"a", pickle::command("false")}}));
  expect_refused("contains no tensors, but 0 other values", "}");
}

TEST_F(TorchFileTest, NamesArePlainAndDifferent) {
  const std::string w = six({{1}, {1}});
  expect_refused("has the name \"\", which is empty", pickle::dict({{"", w}}));
  expect_refused("which has control characters", pickle::dict({{"a\nb", w}}));
  expect_refused("which is not UTF-8", pickle::dict({{"\xFF", w}}));
  expect_refused("which takes 5000 bytes", pickle::dict({{std::string(5000, 'a'), w}}));
  expect_refused("names \"a.b\" twice",
                 pickle::dict({{"a.b", w}, {"a", pickle::dict({{"b", w}})}}));
  // As in Python, the last value of a key is used.
  const TensorFile twice = open_value(pickle::dict({{"w", six({{2}, {1}})}, {"w", w}}));
  EXPECT_EQ(twice.tensors().at("w").shape, std::vector<std::int64_t>{1});
}

TEST_F(TorchFileTest, DictionariesInThemselvesAndEachOtherAreLimited) {
  std::string deep = pickle::dict({{"w", six({{1}, {1}})}});
  for (int i = 0; i < 64; ++i) deep = pickle::dict({{"a", deep}});
  expect_refused("nested deeper than 64", deep);
  expect_refused("nested deeper than 64",
                 std::string("}q\0", 3) + pickle::text("a") + std::string("h\0s", 3));
  std::string doubled = "}";
  for (int i = 0; i < 40; ++i)
    doubled += "q\1" + std::string("0}(") + pickle::text("a") + "h\1" + pickle::text("b") + "h\1u";
  const double seconds =
      testing::cpu_seconds_of([&] { expect_refused("holds more than 200000 values", doubled); });
  EXPECT_LT(seconds, testing::kLinearWork);
}

TEST_F(TorchFileTest, AParameterDictIsItsParameters) {
  const std::string object =
      pickle::name("torch.nn.modules.container", "ParameterDict") + ")\x81" +
      pickle::dict(
          {{"training", "\x88"}, {"_parameters", pickle::dict({{"*", six({{2}, {1}})}})}}) +
      "b";
  const TensorFile file = open_value(pickle::dict({{"string_to_param", object}}));
  EXPECT_TRUE(file.tensors().contains("*"));
}

TEST_F(TorchFileTest, ThePickleEndsItsEntryAndIsWhole) {
  auto parts = testing::torch_parts(pickle::dict({{"w", six({{1}, {1}})}}), {{"0", kSix}});
  const auto opened = [&] { return open(testing::zip_bytes(parts).whole()); };
  const std::string pickled = parts[0].data;
  parts[0].data = pickled + std::string(5, '\0');
  EXPECT_NO_THROW(opened());
  parts[0].data = pickled + "N";
  EXPECT_ERROR(Code::bad_file, "goes on after its end", opened());
  parts[0] = {"archive/data.pkl", pickled, 0, 0, 12345};
  EXPECT_ERROR(Code::bad_file, "its pickle is damaged: the checksum differs", opened());
}

TEST_F(TorchFileTest, ArchivesAreThoseOfTorchSave) {
  const auto entries = [&](const std::vector<testing::ZipPart>& parts) {
    return open(testing::zip_bytes(parts).whole());
  };
  const std::string pickled = pickle::whole("}");
  EXPECT_ERROR(Code::bad_file, "with 0 entries of the name data.pkl",
               entries({{"model.ckpt", "x"}}));
  EXPECT_ERROR(Code::bad_file, "with 0 entries", entries({{"data.pkl", pickled}}));
  EXPECT_ERROR(Code::bad_file, "with 0 entries", entries({{"a/b/data.pkl", pickled}}));
  EXPECT_ERROR(Code::bad_file, "with 2 entries",
               entries({{"a/data.pkl", pickled}, {"b/data.pkl", pickled}}));
  EXPECT_ERROR(Code::bad_file, "entry \"a/x\" of the zip archive is compressed",
               entries({{"a/data.pkl", pickled}, {"a/x", "1", 0, 8}}));
  for (const char* program : {"a/code/__torch__.py", "a/constants.pkl", "a/x.py"})
    EXPECT_ERROR(Code::unsafe_file, "a TorchScript program",
                 entries({{"a/data.pkl", pickled}, {program, ""}}));
}

TEST_F(TorchFileTest, BigEndianFilesAreRefused) {
  auto parts = testing::torch_parts(pickle::dict({{"w", six({{1}, {1}})}}), {{"0", kSix}});
  parts[1].data = "big";
  EXPECT_ERROR(Code::unsupported, "not little-endian", open(testing::zip_bytes(parts).whole()));
  EXPECT_ERROR(Code::unsupported, "not little-endian",
               open(testing::legacy_start(false) + pickle::whole("}") + pickle::whole("]")));
}

TEST_F(TorchFileTest, OldFilesAreReadInTheirOrder) {
  const auto value =
      pickle::dict({{"a", pickle::tensor(pickle::storage("FloatStorage", "x", 6), {{6}, {1}})},
                    {"b", pickle::tensor(pickle::storage("HalfStorage", "y", 1), {{1}, {1}})}});
  const TensorFile file = open(torch_legacy(value, {{"y", 1, "ab"}, {"x", 6, kSix}}));
  EXPECT_EQ(values_of(file, "a"), (std::vector<float>{0, 1, 2, 3, 4, 5}));
  const auto refused = [&](std::string_view part, const std::string& bytes) {
    EXPECT_ERROR(Code::bad_file, part, open(bytes));
  };
  refused("ends within storage \"x\"", torch_legacy(value, {{"y", 1, "ab"}, {"x", 7, kSix}}));
  refused("ends within storage \"y\"", torch_legacy(value, {{"y", -1, ""}}));
  refused("ends within storage \"y\"", torch_legacy(value, {{"y", INT64_MAX, ""}}));
  refused("lists storage \"y\" twice", torch_legacy(value, {{"y", 1, "ab"}, {"y", 1, "ab"}}));
  refused("a storage that no tensor uses", torch_legacy(value, {{"z", 1, "ab"}}));
  refused("is in storage \"x\", which is missing", torch_legacy(value, {{"y", 1, "ab"}}));
  refused("its version is not 1001", testing::legacy_start().replace(19, 8, raw(std::int64_t{7})));
}

/// A hostile file costs memory proportional to its size.
TEST_F(TorchFileTest, RefusalsAreCheap) {
  if (!testing::kCanLimitMemory) GTEST_SKIP() << "address space is not limited under sanitizers";
  const auto path = dir_.write(
      "a.ckpt",
      torch_zip(pickle::dict({{"w", six({{1024, 1024, 1024}, {0, 0, 0}})}}), {{"0", kSix}}));
  EXPECT_EXIT(
      {
        testing::limit_further_memory(16u << 20);
        const auto refused = testing::throws_error(Code::bad_file, "too many for a file of",
                                                   [&] { (void)TensorFile::open(path); });
        std::exit(refused ? 0 : 1);
      },
      ::testing::ExitedWithCode(0), "");
}

TEST_F(TorchFileTest, AnObjectUnderAWantedNameIsKnown) {
  open_value(pickle::dict({{"w", six({{1}, {1}})}, {"x", pickle::command("false")}}));
  const WeightMap all = WeightMap::from_file(
      dir_ / "a.ckpt", [](std::string_view name) { return std::string(name); });
  EXPECT_EQ(all.other("x"), "an object of the class \"os.system\"");
  EXPECT_EQ(all.other("w"), "");
  const WeightMap part = WeightMap::from_checkpoint(
      TensorFile::open(dir_ / "a.ckpt"), "", {"w", "y"},
      [](std::string_view name) { return StoredName{name == "y" ? "x" : std::string(name)}; });
  EXPECT_EQ(part.other("y"), "an object of the class \"os.system\"");
}

TEST_F(TorchFileTest, MovingAveragesTakeThePlaceOfWeights) {
  open_value(pickle::dict({{"model.diffusion_model.a.0.weight", six({{1}, {1}, 0})},
                           {"model_ema.diffusion_modela0weight", six({{1}, {1}, 5})},
                           {"model.diffusion_model.b", six({{1}, {1}, 2})}}));
  const TensorFile file = TensorFile::open(dir_ / "a.ckpt");
  const auto value = [&](const std::string& name, bool averaged) {
    const WeightMap weights = WeightMap::from_checkpoint(
        file, "model.diffusion_model.", {"a.0.weight", "b"},
        [](std::string_view each) { return StoredName{std::string(each)}; }, averaged);
    EXPECT_EQ(weights.tensors().size(), 2U);
    float read = -1;
    weights.find(name)->read(std::as_writable_bytes(std::span(&read, 1)));
    return read;
  };
  EXPECT_EQ(value("a.0.weight", true), 5);
  EXPECT_EQ(value("a.0.weight", false), 0);
  EXPECT_EQ(value("b", true), 2);
  EXPECT_EQ(averaged_name("first_stage_model.a"), "");
}

}  // namespace
}  // namespace latentrt::io
