/// A family that is defined only in this file: components with other names and classes, a network
/// that reads no text, a flag, an adapter. It loads and runs, which shows that only the file of a
/// family depends on the family.
#include <ATen/ops/full.h>
#include <gtest/gtest.h>

#include <cmath>
#include <latentrt/sampler.hpp>
#include <latentrt/tensor.hpp>

#include "components/autoencoder_classes.hpp"
#include "components/family_table.hpp"
#include "components/model.hpp"
#include "loading/load.hpp"
#include "nn/program/program_builder.hpp"
#include "support/expect_error.hpp"
#include "support/temp_dir.hpp"

namespace latentrt::pipeline {
namespace {

using testing::TempDir;

constexpr std::int64_t kLatents = 4, kTones = 2;
constexpr int kFactor = 2;

/// A convolution whose channels are shifted by a projected tone.
nn::Program build_toy(std::int64_t width) {
  nn::ProgramBuilder b;
  const nn::ValueId sample = b.input("sample", nn::picture_input(kLatents));
  const nn::ValueId tone = b.input("tone", {.dims = {nn::Symbol::rows, kTones}});
  nn::ValueId x = b.conv2d("in", sample, kLatents, width, 3);
  x = b.apply("shift", nn::AddChannels{}, {x, b.linear("tone", tone, kTones, width)});
  b.output(b.conv2d("back", b.silu("act", x), width, kLatents, 3), "out");
  return std::move(b).build();
}

Component read_toy(const io::Config& config) {
  const std::int64_t width = config.integer("width", 8, 1, 64);
  Component component;
  component.build = [width] { return std::vector{build_toy(width)}; };
  component.adapter_names = [](const std::string& module) { return std::vector{module}; };
  component.denoiser = DenoiserShape{
      .in_channels = kLatents, .out_channels = kLatents, .context_channels = 0, .sample_size = 8};
  return component;
}

/// The tone is loud in the conditional row; the flag sets it for the unconditional row.
RoleInputs conditioning(const Model& model, const ConditioningCall& call) {
  const auto tone = [](double value) {
    return nn::NamedTensors{{"tone", at::full({1, kTones}, value)}, {"unread", at::full({1}, 0.0)}};
  };
  RoleInputs inputs{tone(2.0), {}};
  if (call.guided) inputs.unconditional = tone(model.flags.at("silent") ? 0.0 : 1.0);
  return inputs;
}

FamilyTable table_with_toy() {
  FamilyTable table = all_families();
  table.add(
      {.name = "toy",
       .class_names = {"ToyPipeline"},
       .components = {{.name = "net",
                       .use = Use::denoiser,
                       .classes = {{"ToyNet", read_toy}},
                       .adapter_prefixes = {"lora_toy_"}},
                      {.name = "codec", .use = Use::autoencoder, .classes = autoencoder_classes()}},
       .flags = {{"silent", true}},
       .guidance = 3,
       .check = [](const std::vector<Component>&) {},
       .conditioning = conditioning});
  return table;
}

HostTensor pattern(const std::vector<std::int64_t>& shape, float size) {
  std::size_t count = 1;
  for (const std::int64_t extent : shape) count *= static_cast<std::size_t>(extent);
  HostTensor tensor{shape, {}};
  for (std::size_t i = 0; i < count; ++i)
    tensor.data.push_back(size * std::sin(static_cast<float>(7 * i + count)));
  return tensor;
}

void write_weights(const std::filesystem::path& file, const std::vector<nn::Program>& programs) {
  TensorMap tensors;
  for (const nn::Program& program : programs)
    for (const nn::WeightSpec& spec : nn::stored_tensors(program.weights()))
      tensors[spec.name] = pattern(spec.shape, 0.2F);
  write_tensors(file, tensors);
}

class OwnFamily : public ::testing::Test {
 protected:
  OwnFamily() {
    const std::string net = R"({"width": 8})", codec = R"({"encoder_block_out_channels": [8, 8],
        "decoder_block_out_channels": [8, 8], "num_encoder_blocks": [1, 1], "num_decoder_blocks": [1, 1]})";
    write_index("");
    folder_.write("scheduler/scheduler_config.json", R"({"_class_name": "DDIMScheduler"})");
    folder_.write("net/config.json", net);
    folder_.write("codec/config.json", codec);
    write_weights(folder_ / "net/diffusion_pytorch_model.safetensors", {build_toy(8)});
    const Component tiny =
        find_class({.name = "codec", .classes = autoencoder_classes()}, kTinyClass)
            ->read(io::Config::from_text(codec, "codec"));
    write_weights(folder_ / "codec/diffusion_pytorch_model.safetensors", tiny.build());
  }

  void write_index(const std::string& more) {
    folder_.write("model_index.json", R"({"_class_name": "ToyPipeline", "net": ["toys", "ToyNet"],
                                          "codec": ["diffusers", "AutoencoderTiny"],
                                          "scheduler": ["diffusers", "DDIMScheduler"])" +
                                          more + "}");
  }

  Pipeline load(const PipelineOptions& options = {}) const {
    return Pipeline::State::handle(
        pipeline::load(table_with_toy(), Context::create(), folder_.path(), options));
  }

  static std::vector<float> latents(const Pipeline& pipeline, std::optional<double> guidance = {}) {
    Request request;
    request.batch = 2;
    return Sampler(pipeline, {.steps = 2, .guidance = {.scale = guidance}})
        .run(request)
        .latents.data;
  }

  TempDir folder_;
};

TEST_F(OwnFamily, IsUnknownWithoutItsFile) {
  EXPECT_ERROR(Code::unsupported, "pipeline class ToyPipeline is not supported; it is one of",
               Pipeline::load(Context::create(), folder_.path()));
}

TEST_F(OwnFamily, IsDescribedAsItsFilesSay) {
  const PipelineInfo info = load().info();
  EXPECT_EQ(info.class_name, "ToyPipeline");
  ASSERT_EQ(info.components.size(), 2u);
  EXPECT_EQ(info.components[0].name, "net");
  EXPECT_EQ(info.components[0].class_name, "ToyNet");
  EXPECT_EQ(info.components[1].name, "codec");
  EXPECT_EQ(info.pixels_per_latent, kFactor);
  EXPECT_EQ(info.default_width, 8 * kFactor);
  EXPECT_EQ(info.default_guidance, 3);
}

TEST_F(OwnFamily, MakesPictures) {
  const Pipeline pipeline = load();
  const Sampler sampler(pipeline, {.steps = 2});
  const Result result = sampler.run({});
  ASSERT_EQ(result.images.size(), 1u);
  EXPECT_EQ(result.images[0].width, 8 * kFactor);
  EXPECT_GT(sampler.memory({}).total(), 0u);
  EXPECT_EQ(sampler.memory({}).text, 0u);
  EXPECT_FALSE(sampler.costs({}).empty());
  EXPECT_EQ(latents(pipeline), latents(load()));
}

TEST_F(OwnFamily, ConditionsItsNetworkForEachRole) {
  const std::vector<float> plain = latents(load(), 1), guided = latents(load(), 3);
  EXPECT_NE(plain, guided);
  EXPECT_EQ(latents(load()), guided);
  write_index(R"(, "silent": false)");
  EXPECT_EQ(latents(load(), 1), plain);
  EXPECT_NE(latents(load(), 3), guided);
}

TEST_F(OwnFamily, TakesAdapters) {
  const auto file = folder_ / "lora.safetensors";
  write_tensors(file, {{"lora_toy_back.lora_down.weight", pattern({1, 8, 3, 3}, 1)},
                       {"lora_toy_back.lora_up.weight", pattern({4, 1, 1, 1}, 1)}});
  const Pipeline base = load();
  const std::vector<float> changed = latents(base.with_loras({{file, 1}}));
  EXPECT_NE(changed, latents(base));
  EXPECT_EQ(changed, latents(load({.loras = {{file, 1}}})));
}

TEST_F(OwnFamily, NamesWhatDoesNotFit) {
  folder_.write("net/config.json", R"({"width": 65})");
  EXPECT_ERROR(Code::invalid_argument, "width is 65", load());
  folder_.write("model_index.json", R"({"_class_name": "ToyPipeline", "net": ["toys", "OtherNet"],
                                        "codec": ["diffusers", "AutoencoderTiny"],
                                          "scheduler": ["diffusers", "DDIMScheduler"]})");
  EXPECT_ERROR(Code::unsupported,
               "component 'net' is a OtherNet, which is not supported; it is ToyNet", load());
}

TEST_F(OwnFamily, RefusesEmbeddings) {
  Request request;
  request.embeddings = Embeddings{};
  EXPECT_ERROR(Code::invalid_argument, "the model reads no text",
               Sampler(load(), {.steps = 1}).run(request));
}

}  // namespace
}  // namespace latentrt::pipeline
