#include "loading/separate_vae.hpp"

#include <fmt/format.h>

#include <nlohmann/json.hpp>
#include <optional>

#include "base/fail.hpp"
#include "io/names/stored_name.hpp"
#include "loading/stored_shapes.hpp"

namespace latentrt::pipeline {
namespace {

namespace fs = std::filesystem;

using Json = nlohmann::ordered_json;
using AnyVae = std::variant<models::VaeConfig, models::TinyVaeConfig>;

constexpr const char* kStem = "diffusion_pytorch_model";

/// A pipeline's directory has the autoencoder in a folder of its own.
fs::path folder_of(const fs::path& path) {
  std::error_code ignored;
  const bool pipeline = !fs::exists(path / "config.json", ignored) &&
                        fs::exists(path / "vae" / "config.json", ignored);
  return pipeline ? path / "vae" : path;
}

AnyVae config_from(const io::Config& config) {
  const std::string name = config.string("_class_name", "AutoencoderKL");
  if (name == "AutoencoderTiny") return models::TinyVaeConfig::from(config);
  if (name == "AutoencoderKL") return models::VaeConfig::from(config);
  fail(Code::unsupported,
       "{}: a {} is not supported as autoencoder; it is AutoencoderKL or AutoencoderTiny",
       config.name(), name);
}

SeparateVae from_directory(const fs::path& directory, const std::string& variant) {
  const AnyVae config = config_from(io::Config::load(directory / "config.json"));
  return {directory, config, [=](const std::vector<std::string>&) {
            return io::WeightMap::open(directory,
                                       {.stem = kStem, .variant = variant, .or_plain = true},
                                       io::canonical_diffusers_key);
          }};
}

/// How the tensors of an autoencoder's file are named.
enum class Layout { compvis, diffusers, tiny };

struct Found {
  std::string prefix;
  Layout layout;
};

/// Behind the prefix of whole checkpoints, or behind none.
std::optional<Found> find_layout(const io::SafetensorsFile& file) {
  for (const char* prefix : {"first_stage_model.", "vae.", ""}) {
    const StoredShapes shapes(file, prefix);
    if (shapes.holds("decoder.up_blocks.")) return Found{prefix, Layout::diffusers};
    if (shapes.holds("decoder.up.")) return Found{prefix, Layout::compvis};
    if (shapes.holds("decoder.layers.")) return Found{prefix, Layout::tiny};
  }
  return std::nullopt;
}

/// What shapes say of an AutoencoderKL; the rest is `own`'s.
models::VaeConfig kl_config(const io::SafetensorsFile& file, const Found& found,
                            const models::VaeConfig& own) {
  const StoredShapes vae(file, found.prefix);
  const bool compvis = found.layout == Layout::compvis;
  const std::string level = compvis ? "encoder.down." : "encoder.down_blocks.";
  const std::string block = compvis ? ".block." : ".resnets.";
  Json config{{"in_channels", vae.extent("encoder.conv_in.weight", 1)},
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
  return models::VaeConfig::from(io::Config::from_text(config.dump(), file.path().string()));
}

/// Blocks of each level of one half of an AutoencoderTiny: those between a convolution and the next. Layers without
/// weights are counted in the names too.
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
models::TinyVaeConfig tiny_config(const io::SafetensorsFile& file, const Found& found) {
  const StoredShapes vae(file, found.prefix);
  Json config{{"in_channels", vae.extent("encoder.layers.0.weight", 1)},
              {"out_channels", vae.extent("encoder.layers.0.weight", 1)},
              {"latent_channels", vae.extent("decoder.layers.0.weight", 1)}};
  for (const char* half : {"encoder", "decoder"}) {
    const std::vector<std::int64_t> blocks = block_counts(vae, half);
    config[fmt::format("num_{}_blocks", half)] = blocks;
    config[fmt::format("{}_block_out_channels", half)] = std::vector<std::int64_t>(
        blocks.size(), vae.extent(fmt::format("{}.layers.0.weight", half), 0));
  }
  return models::TinyVaeConfig::from(io::Config::from_text(config.dump(), file.path().string()));
}

/// diffusers' names, older ones too.
io::WeightMap diffusers_weights(const fs::path& file, const std::string& prefix) {
  return io::WeightMap::from_file(file, [&](std::string_view name) {
    return name.starts_with(prefix) ? io::canonical_diffusers_key(name.substr(prefix.size()))
                                    : std::string();
  });
}

SeparateVae from_kl_file(const io::SafetensorsFile& file, const Found& found, const AnyVae& own) {
  const auto* const of_model = std::get_if<models::VaeConfig>(&own);
  const models::VaeConfig config =
      kl_config(file, found, of_model ? *of_model : models::VaeConfig{});
  if (found.layout == Layout::diffusers) {
    return {file.path(), config, [=](const std::vector<std::string>&) {
              return diffusers_weights(file.path(), found.prefix);
            }};
  }
  const int levels = static_cast<int>(config.block_out_channels.size());
  return {file.path(), config, [=](const std::vector<std::string>& wanted) {
            return io::WeightMap::from_checkpoint(
                file, found.prefix, wanted, [&](std::string_view name) {
                  return io::StoredName{io::compvis_vae_name(name, levels)};
                });
          }};
}

SeparateVae from_tiny_file(const io::SafetensorsFile& file, const Found& found) {
  return {file.path(), tiny_config(file, found), [=](const std::vector<std::string>&) {
            return diffusers_weights(file.path(), found.prefix);
          }};
}

SeparateVae from_file(const fs::path& path, const AnyVae& own) {
  const io::SafetensorsFile file = io::SafetensorsFile::open(path);
  const std::optional<Found> found = find_layout(file);
  if (!found) {
    fail(Code::unsupported,
         "{}: no autoencoder in it: no tensor's name begins with decoder.up_blocks, decoder.up or "
         "decoder.layers",
         path.string());
  }
  return found->layout == Layout::tiny ? from_tiny_file(file, *found)
                                       : from_kl_file(file, *found, own);
}

}  // namespace

SeparateVae open_separate_vae(const PipelineOptions& options, const AnyVae& own) {
  std::error_code ignored;
  if (!fs::is_directory(options.vae, ignored)) return from_file(options.vae, own);
  return from_directory(folder_of(options.vae), options.variant);
}

void check_fit(const SeparateVae& vae, const models::UnetConfig& unet) {
  const std::int64_t channels =
      std::visit([](const auto& config) { return config.latent_channels; }, vae.config);
  if (channels == unet.out_channels) return;
  fail(
      Code::invalid_argument,
      "{}: this autoencoder's latents have {} channels, the model's denoiser works on {}: they are "
      "of different families",
      vae.path.string(), channels, unet.out_channels);
}

}  // namespace latentrt::pipeline
