/// PyTorch checkpoints on the command line: the same pictures as from safetensors, whatever else is
/// in the files, and refusals that write nothing.
#include <gtest/gtest.h>

#include <array>
#include <filesystem>
#include <fstream>
#include <latentrt/tensor.hpp>
#include <nlohmann/json.hpp>

#include "cli/latentrt_fixture.hpp"
#include "support/torch_bytes.hpp"

namespace latentrt::testing {
namespace {

namespace fs = std::filesystem;

using Members = std::vector<std::pair<std::string, std::string>>;

const fs::path kGolden = fs::path(LATENTRT_SOURCE_DIR) / "tests/golden";
const fs::path kCheckpoint = kGolden / "checkpoints/sd1.safetensors";

/// A state dictionary as torch.save would write it, in one of its forms.
class StateDict {
 public:
  explicit StateDict(const TensorMap& tensors) {
    for (const auto& [name, tensor] : tensors) add(name, tensor);
  }

  Members members;

  std::string zip(const std::string& value) const {
    TorchStorages storages;
    for (const LegacyStorage& storage : storages_)
      storages.emplace_back(storage.key, storage.bytes);
    return torch_zip(value, storages);
  }
  std::string zip() const { return zip(pickle::dict(members)); }
  std::string legacy() const { return torch_legacy(pickle::dict(members), storages_); }

 private:
  void add(const std::string& name, const HostTensor& tensor) {
    const auto elements = static_cast<std::int64_t>(tensor.data.size());
    const std::string key = std::to_string(storages_.size());
    std::vector<std::int64_t> strides(tensor.shape.size());
    std::int64_t stride = 1;
    for (std::size_t d = strides.size(); d-- > 0; stride *= tensor.shape[d]) strides[d] = stride;
    members.emplace_back(name, pickle::tensor(pickle::storage("FloatStorage", key, elements),
                                              {tensor.shape, strides}));
    const auto* const bytes = reinterpret_cast<const char*>(tensor.data.data());
    storages_.push_back({key, elements, {bytes, tensor.data.size() * sizeof(float)}});
  }

  std::vector<LegacyStorage> storages_;
};

class TorchCheckpoint : public Latentrt {
 protected:
  Outcome run(const fs::path& model, const Arguments& more = {}) {
    model_ = model.string();
    Arguments all{"--config", (kGolden / "pipelines/sd1").string(), "--width", "32", "--height",
                  "16"};
    all.insert(all.end(), more.begin(), more.end());
    return generate(all);
  }

  std::vector<float> latents(const fs::path& model, const Arguments& more = {}) {
    const std::string file = (models_ / "latents.safetensors").string();
    Arguments all{"--save-latents", file};
    all.insert(all.end(), more.begin(), more.end());
    const Outcome outcome = run(model, all);
    EXPECT_EQ(outcome.exit_code, 0) << outcome.err;
    return outcome.exit_code == 0 ? read_tensors(file).at("latents").data : std::vector<float>();
  }

  const TensorMap weights_ = read_tensors(kCheckpoint);
};

TEST_F(TorchCheckpoint, GivesThePictureOfItsWeights) {
  const std::vector<float> expected = latents(kCheckpoint);
  const StateDict weights(weights_);
  EXPECT_EQ(latents(models_.write("plain.ckpt", weights.zip())), expected);
  EXPECT_EQ(latents(models_.write("old.ckpt", weights.legacy())), expected);
  fs::remove(picture());
  expect_refused(run(models_ / "plain.ckpt", {"--no-pickle", "--out", picture() + "2"}),
                 "plain.ckpt: a PyTorch checkpoint, which is a pickle, and pickles are refused");
}

/// Objects next to the weights have no effect; an object instead of weights is an error. None is
/// run.
TEST_F(TorchCheckpoint, CommandsInItAreNotRun) {
  const fs::path mark = models_ / "was_run";
  const std::string command = pickle::command("touch " + mark.string());
  StateDict weights(weights_);
  const std::string wrapped = pickle::dict({{"state_dict", pickle::dict(weights.members)},
                                            {"callbacks", command},
                                            {"hyper_parameters", command}});
  EXPECT_EQ(latents(models_.write("next.ckpt", weights.zip(wrapped))), latents(kCheckpoint));
  fs::remove(picture());
  expect_refused(run(models_.write("whole.ckpt", torch_zip(command))),
                 "holds an object of the class \"os.system\", not a dictionary of tensors");
  expect_refused(
      run(models_.write("state.ckpt", torch_zip(pickle::dict({{"state_dict", command}})))),
      "as its state_dict");
  for (auto& [name, value] : weights.members)
    if (name == "model.diffusion_model.out.2.bias") value = command;
  expect_refused(run(models_.write("wanted.ckpt", weights.zip())),
                 "is an object of the class \"os.system\"");
  EXPECT_FALSE(fs::exists(mark));
}

TEST_F(TorchCheckpoint, MovingAveragesArePreferred) {
  TensorMap both = weights_;
  for (const auto& [name, tensor] : weights_) {
    const std::string prefix = "model.";
    if (!name.starts_with(prefix)) continue;
    std::string average = name.substr(prefix.size());
    std::erase(average, '.');
    both["model_ema." + average] = tensor;
    for (float& value : both[name].data) value = 0;
  }
  const fs::path file = models_.write("both.ckpt", StateDict(both).zip());
  const std::vector<float> expected = latents(kCheckpoint);
  EXPECT_EQ(latents(file), expected);
  EXPECT_NE(latents(file, {"--no-ema"}), expected);
}

TEST_F(TorchCheckpoint, IsAlsoTheFileOfAComponent) {
  const std::vector<float> expected = final_latents({});
  const fs::path folder = copied_model();
  for (const auto& [component, from, to] :
       {std::array{"unet", "diffusion_pytorch_model.safetensors", "diffusion_pytorch_model.bin"},
        std::array{"text_encoder", "model.safetensors", "pytorch_model.bin"}}) {
    const fs::path file = folder / component / from;
    const TensorMap tensors = read_tensors(file);
    fs::remove(file);
    std::ofstream(folder / component / to, std::ios::binary) << StateDict(tensors).zip();
  }
  EXPECT_EQ(final_latents({}), expected);
}

TEST_F(TorchCheckpoint, IsAlsoAnAdapterAWordOrAnAutoencoder) {
  const auto as_pickle = [&](const fs::path& file) {
    return models_.write(file.stem().string() + ".pt", StateDict(read_tensors(file)).zip())
        .string();
  };
  const fs::path lora = kGolden / "checkpoints/lora_kohya_sd1.safetensors";
  EXPECT_EQ(latents(kCheckpoint, {"--lora", as_pickle(lora)}),
            latents(kCheckpoint, {"--lora", lora.string()}));
  const std::string word = kGolden / "torch_files/embedding.pt";
  EXPECT_NE(latents(kCheckpoint, {"--embedding", word + ":red"}), latents(kCheckpoint));
  const fs::path vae = kGolden / "pipelines/sd2/vae/diffusion_pytorch_model.safetensors";
  const auto picture_with = [&](const std::string& autoencoder) {
    latents(kCheckpoint, {"--vae", autoencoder});
    return content_of(picture());
  };
  EXPECT_EQ(picture_with(as_pickle(vae)), picture_with(vae.string()));
  fs::remove(picture());
  expect_refused(run(kCheckpoint, {"--no-pickle", "--embedding", word}), "pickles are refused");
}

TEST_F(TorchCheckpoint, BecomesASafetensorsFile) {
  const fs::path out = models_ / "made/o.safetensors";
  StateDict weights(weights_);
  weights.members.emplace_back("trainer", pickle::command("false"));
  const fs::path in = models_.write("in.ckpt", weights.zip());
  const Outcome outcome = run_latentrt({"convert", in.string(), out.string(), "--json"});
  ASSERT_EQ(outcome.exit_code, 0) << outcome.err;
  const auto json = nlohmann::json::parse(outcome.out);
  EXPECT_EQ(json.at("tensors"), weights_.size());
  EXPECT_EQ(json.at("left_out").size(), 1U);
  EXPECT_EQ(read_tensors(out).size(), weights_.size());
  EXPECT_EQ(latents(out), latents(kCheckpoint));
  const Outcome words = run_latentrt({"convert", in.string(), out.string()});
  EXPECT_EQ(words.exit_code, 0);
  EXPECT_NE(words.err.find("1 values that are not tensors are left out: \"trainer\" is an object"),
            std::string::npos)
      << words.err;
}

TEST_F(TorchCheckpoint, ThatIsNoneBecomesNothing) {
  const fs::path out = folder_ / "o.safetensors";
  expect_refused(
      run_latentrt({"convert",
                    models_.write("a.ckpt", torch_zip(pickle::command("false"))).string(),
                    out.string()}),
      "a.ckpt: holds an object");
  expect_refused(run_latentrt({"convert", (models_ / "none.ckpt").string(), out.string()}),
                 "none.ckpt");
  expect_refused(run_latentrt({"convert", "a.ckpt"}), "OUT");
  expect_refused(run_latentrt({"convert", "a.ckpt", out.string(), "more"}),
                 "convert has no place for \"more\"");
}

}  // namespace
}  // namespace latentrt::testing
