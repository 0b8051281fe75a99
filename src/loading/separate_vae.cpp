#include "loading/separate_vae.hpp"

#include <fmt/format.h>

#include <nlohmann/json.hpp>
#include <optional>

#include "base/fail.hpp"
#include "components/autoencoder_classes.hpp"
#include "components/stored_shapes.hpp"
#include "loading/pickles.hpp"
#include "models/autoencoder/vae.hpp"

namespace latentrt::pipeline {
namespace {

namespace fs = std::filesystem;

using Json = nlohmann::ordered_json;

constexpr const char* kStem = "diffusion_pytorch_model";

/// A pipeline's directory has the autoencoder in a subfolder.
fs::path folder_of(const fs::path& path, const std::string& component) {
  std::error_code ignored;
  const bool pipeline = !fs::exists(path / "config.json", ignored) &&
                        fs::exists(path / component / "config.json", ignored);
  return pipeline ? path / component : path;
}

Component read(const ComponentPlace& place, const io::Config& config) {
  const std::string name = config.string("_class_name", kKlClass);
  if (const ComponentClass* const found = find_class(place, name))
    return read_component(place, *found, config);
  fail(Code::unsupported, "{}: a {} is not supported as autoencoder; it is {}", config.name(), name,
       listed_classes(place));
}

SeparateVae from_directory(const fs::path& directory, const PipelineOptions& options,
                           const ComponentPlace& place) {
  const io::WeightFiles files{
      .stem = kStem, .variant = options.variant, .or_plain = true, .pickles = pickles_of(options)};
  return {directory, read(place, io::Config::load(directory / "config.json")),
          [=](const std::vector<std::string>&) {
            return io::WeightMap::open(directory, files, io::canonical_diffusers_key);
          }};
}

/// The naming of tensors in an autoencoder's file.
enum class Layout { compvis, diffusers, tiny };

struct Found {
  std::string prefix;
  Layout layout;
};

/// With the prefix of whole checkpoints, or without a prefix.
std::optional<Found> find_layout(const io::TensorFile& file) {
  for (const char* prefix : {"first_stage_model.", "vae.", ""}) {
    const StoredShapes shapes(file, prefix);
    if (shapes.holds("decoder.up_blocks.")) return Found{prefix, Layout::diffusers};
    if (shapes.holds("decoder.up.")) return Found{prefix, Layout::compvis};
    if (shapes.holds("decoder.layers.")) return Found{prefix, Layout::tiny};
  }
  return std::nullopt;
}

/// The configuration that the shapes of an AutoencoderKL imply; other settings are those of `own`.
io::Config kl_config(const io::TensorFile& file, const Found& found, const models::VaeConfig& own) {
  const StoredShapes vae(file, found.prefix);
  const bool compvis = found.layout == Layout::compvis;
  const std::string level = compvis ? "encoder.down." : "encoder.down_blocks.";
  const std::string block = compvis ? ".block." : ".resnets.";
  Json config{{"_class_name", kKlClass},
              {"in_channels", vae.extent("encoder.conv_in.weight", 1)},
              {"out_channels", vae.extent("decoder.conv_out.weight", 0)},
              {"latent_channels", vae.extent("decoder.conv_in.weight", 1)},
              {"layers_per_block", vae.count(level + "0" + block)},
              {"use_quant_conv", vae.has("quant_conv.weight")},
              {"use_post_quant_conv", vae.has("post_quant_conv.weight")},
              {"mid_block_add_attention",
               vae.holds(compvis ? "decoder.mid.attn_1." : "decoder.mid_block.attentions.0.")},
              {"norm_num_groups", own.groups},
              {"sample_size", own.sample_size},
              {"scaling_factor", own.scaling_factor},
              {"shift_factor", own.shift_factor},
              {"force_upcast", own.force_upcast}};
  for (int i = 0; i < vae.count(level); ++i) {
    config["block_out_channels"].push_back(
        vae.extent(fmt::format("{}{}{}0.conv1.weight", level, i, block), 0));
    config["down_block_types"].push_back("DownEncoderBlock2D");
    config["up_block_types"].push_back("UpDecoderBlock2D");
  }
  return io::Config::from_text(config.dump(), file.path().string());
}

/// Numbers of blocks per level of one half of an AutoencoderTiny: those between two convolutions.
/// Layers without weights are counted in the names too.
std::vector<std::int64_t> block_counts(const StoredShapes& vae, std::string_view half) {
  constexpr int kMostWithoutWeights = 2;  // one after the other
  std::vector<std::int64_t> counts;
  for (int i = 0, passed = 0; passed <= kMostWithoutWeights; ++i, ++passed) {
    const std::string layer = fmt::format("{}.layers.{}.", half, i);
    if (!vae.holds(layer)) continue;
    passed = 0;
    if (vae.has(layer + "weight")) {
      counts.push_back(0);
    } else if (!counts.empty()) {
      ++counts.back();
    }
  }
  if (!counts.empty()) counts.pop_back();  // the last convolution ends the last level
  return counts;
}

/// Latents of this class are not scaled.
io::Config tiny_config(const io::TensorFile& file, const Found& found) {
  const StoredShapes vae(file, found.prefix);
  Json config{{"_class_name", kTinyClass},
              {"in_channels", vae.extent("encoder.layers.0.weight", 1)},
              {"out_channels", vae.extent("encoder.layers.0.weight", 1)},
              {"latent_channels", vae.extent("decoder.layers.0.weight", 1)}};
  for (const char* half : {"encoder", "decoder"}) {
    const std::vector<std::int64_t> blocks = block_counts(vae, half);
    config[fmt::format("num_{}_blocks", half)] = blocks;
    config[fmt::format("{}_block_out_channels", half)] = std::vector<std::int64_t>(
        blocks.size(), vae.extent(fmt::format("{}.layers.0.weight", half), 0));
  }
  return io::Config::from_text(config.dump(), file.path().string());
}

/// diffusers' names, older ones too.
io::WeightMap diffusers_weights(const fs::path& file, const std::string& prefix,
                                io::Pickles pickles) {
  const auto key_map = [&](std::string_view name) {
    return name.starts_with(prefix) ? io::canonical_diffusers_key(name.substr(prefix.size()))
                                    : std::string();
  };
  return io::WeightMap::from_file(file, key_map, pickles);
}

/// The model's own configuration, or the class's defaults for fields that a file does not have.
models::VaeConfig kl_config_of(const Component* own) {
  const bool kl = own != nullptr && own->class_name == kKlClass;
  return kl ? models::VaeConfig::from(*own->config) : models::VaeConfig{};
}

SeparateVae from_file(const fs::path& path, const ComponentPlace& place, const Component* own,
                      io::Pickles pickles) {
  const io::TensorFile file = io::TensorFile::open(path, pickles);
  const std::optional<Found> found = find_layout(file);
  if (!found) {
    fail(Code::unsupported,
         "{}: no autoencoder in it: no tensor's name begins with decoder.up_blocks, decoder.up or "
         "decoder.layers",
         path.string());
  }
  const Component component =
      read(place, found->layout == Layout::tiny ? tiny_config(file, *found)
                                                : kl_config(file, *found, kl_config_of(own)));
  const std::string prefix = found->prefix;
  if (found->layout != Layout::compvis) {
    return {path, component, [=](const std::vector<std::string>&) {
              return diffusers_weights(path, prefix, pickles);
            }};
  }
  const auto stored_name = [name = component.training_name](std::string_view canonical) {
    return io::StoredName{name(canonical)};
  };
  return {path, component, [=](const std::vector<std::string>& wanted) {
            return io::WeightMap::from_checkpoint(file, prefix, wanted, stored_name);
          }};
}

}  // namespace

SeparateVae open_separate_vae(const PipelineOptions& options, const ComponentPlace& place,
                              const Component* own) {
  std::error_code ignored;
  if (!fs::is_directory(options.vae, ignored))
    return from_file(options.vae, place, own, pickles_of(options));
  return from_directory(folder_of(options.vae, place.name), options, place);
}

void check_fit(const SeparateVae& vae, const DenoiserShape& denoiser) {
  const std::int64_t channels = vae.component.latent_space->latent_channels;
  if (channels == denoiser.out_channels) return;
  fail(
      Code::invalid_argument,
      "{}: this autoencoder's latents have {} channels, the model's denoiser works on {}: they are "
      "of different families",
      vae.path.string(), channels, denoiser.out_channels);
}

}  // namespace latentrt::pipeline
