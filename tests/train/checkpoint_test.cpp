/// Checkpoints that are missing, damaged, or of another model or task.
#include "train/checkpoint.hpp"

#include <ATen/ops/equal.h>
#include <ATen/ops/randn.h>
#include <gtest/gtest.h>

#include "support/expect_error.hpp"
#include "support/temp_dir.hpp"
#include "train/tensor_bytes.hpp"

namespace latentrt::train {
namespace {

class Checkpoints : public ::testing::Test {
 protected:
  Checkpoint made() const {
    return {.tensors = {{"weight.a", at::randn({3, 2})}, {"weight.b", at::randn({4})}},
            .updates = 7,
            .examples = 99,
            .seed = 18446744073709551615u,
            .task = "some task"};
  }
  void expect_refused(Code code, const char* part) {
    EXPECT_ERROR(code, part, read_checkpoint(file_, like_, "some task"));
  }

  testing::TempDir folder_;
  std::filesystem::path file_ = folder_ / "state.safetensors";
  nn::NamedTensors like_ = made().tensors;
};

TEST_F(Checkpoints, AreReadAsTheyWereWritten) {
  const Checkpoint wrote = made();
  write_checkpoint(file_, wrote);
  const Checkpoint read = read_checkpoint(file_, like_, "some task");
  EXPECT_EQ(read.updates, wrote.updates);
  EXPECT_EQ(read.examples, wrote.examples);
  EXPECT_EQ(read.seed, wrote.seed);
  for (const auto& [name, tensor] : wrote.tensors)
    EXPECT_TRUE(at::equal(read.tensors.at(name), tensor)) << name;
}

TEST_F(Checkpoints, OfSomethingElseAreRefused) {
  expect_refused(Code::not_found, "state.safetensors");
  folder_.write("state.safetensors", "no tensors at all");
  expect_refused(Code::bad_file, "state.safetensors");
  write_checkpoint(file_, made());
  EXPECT_ERROR(Code::invalid_argument, "of the task \"some task\", not of \"other\"",
               read_checkpoint(file_, like_, "other"));
  like_["weight.c"] = at::randn({1});
  expect_refused(Code::invalid_argument, "has no tensor \"weight.c\"");
  like_.erase("weight.c");
  like_["weight.b"] = at::randn({5});
  expect_refused(Code::invalid_argument, "tensor \"weight.b\" is F32 [4], the model's is F32 [5]");
}

TEST_F(Checkpoints, WithoutTheirCountsAreRefused) {
  const auto write_with = [&](const std::map<std::string, std::string>& metadata) {
    const auto bytes = encode_tensors(made().tensors, metadata);
    folder_.write("state.safetensors", std::string(bytes.begin(), bytes.end()));
  };
  write_with({});
  expect_refused(Code::bad_file, "is not a checkpoint of a training");
  write_with({{"format", "another"}});
  expect_refused(Code::bad_file, "of the format \"another\"");
  write_with({{"format", "latentrt training 1"},
              {"task", "some task"},
              {"updates", "-1"},
              {"examples", "0"},
              {"seed", "0"}});
  expect_refused(Code::bad_file, "updates is \"-1\"");
}

TEST_F(Checkpoints, CutShortAreRefused) {
  write_checkpoint(file_, made());
  std::filesystem::resize_file(file_, std::filesystem::file_size(file_) - 1);
  expect_refused(Code::bad_file, "state.safetensors");
}

TEST_F(Checkpoints, ThatCannotBeWrittenLeaveNothing) {
  EXPECT_ERROR(Code::io_error, "none/state", write_checkpoint(folder_ / "none/state", made()));
  EXPECT_TRUE(folder_.empty());
}

}  // namespace
}  // namespace latentrt::train
