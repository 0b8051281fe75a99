#pragma once
/// The program `latentrt` with the shipped model: runs that make a picture, and refused ones.

#include <gtest/gtest.h>

#include <algorithm>
#include <filesystem>
#include <latentrt/tensor.hpp>
#include <string>
#include <vector>

#include "cli/program.hpp"
#include "support/temp_dir.hpp"

namespace latentrt::testing {

using Arguments = std::vector<std::string>;

inline const std::string kModel = std::string(LATENTRT_SOURCE_DIR) + "/models/shapes";

class Latentrt : public ::testing::Test {
 protected:
  Outcome generate(const Arguments& more, const std::string& command = "txt2img") {
    Arguments arguments{command, "--model", model_, "--prompt", "a red circle"};
    arguments.insert(arguments.end(), more.begin(), more.end());
    const auto add_default = [&](const std::string& flag, const std::string& value) {
      if (std::find(more.begin(), more.end(), flag) == more.end())
        arguments.insert(arguments.end(), {flag, value});
    };
    add_default("--steps", "2");
    add_default("--out", picture());
    return run_latentrt(arguments);
  }

  /// The final latents of a run of four steps.
  std::vector<float> final_latents(const Arguments& more) {
    const std::string file = (folder_ / "l.safetensors").string();
    Arguments all{"--steps", "4", "--save-latents", file};
    all.insert(all.end(), more.begin(), more.end());
    const Outcome outcome = generate(all);
    EXPECT_EQ(outcome.exit_code, 0) << outcome.err;
    return read_tensors(file).at("latents").data;
  }

  std::string picture() const { return (folder_ / "o.png").string(); }

  /// A copy of the shipped model that a test may damage.
  std::filesystem::path copied_model() {
    model_ = (models_ / "copy").string();
    std::filesystem::copy(kModel, model_, std::filesystem::copy_options::recursive);
    return model_;
  }

  /// One sentence that contains `part`, exit code 2, nothing written.
  void expect_refused(const Outcome& outcome, const std::string& part) {
    EXPECT_EQ(outcome.exit_code, 2) << outcome.err;
    EXPECT_EQ(std::count(outcome.err.begin(), outcome.err.end(), '\n'), 1) << outcome.err;
    EXPECT_NE(outcome.err.find(part), std::string::npos) << outcome.err;
    EXPECT_EQ(outcome.out, "");
    EXPECT_TRUE(folder_.empty());
  }

  TempDir folder_, models_;
  std::string model_ = kModel;
};

}  // namespace latentrt::testing
