#include "loading/checkpoint.hpp"

#include <algorithm>
#include <utility>

#include "base/fail.hpp"
#include "loading/unet_layout.hpp"

namespace latentrt::pipeline {
namespace {

constexpr std::string_view kUnet = "model.diffusion_model.", kVae = "first_stage_model.";

bool holds(const io::SafetensorsFile& file, std::string_view prefix) {
  const auto found = file.tensors().lower_bound(std::string(prefix));
  return found != file.tensors().end() && found->first.starts_with(prefix);
}

struct Family {
  CheckpointFamily family;
  std::vector<StoredTextEncoder> text_encoders;
};

/// Told from the text encoders; the longest prefixes first.
const std::vector<Family>& families() {
  static const std::vector<Family> list{
      {CheckpointFamily::sdxl,
       {{"conditioner.embedders.0.transformer.text_model."},
        {"conditioner.embedders.1.model.", true}}},
      {CheckpointFamily::sd2, {{"cond_stage_model.model.", true}}},
      {CheckpointFamily::sd1, {{"cond_stage_model.transformer.text_model."}}},
      {CheckpointFamily::sd1, {{"cond_stage_model.transformer."}}},
  };
  return list;
}

const Family& family_of(const io::SafetensorsFile& file) {
  for (const Family& family : families()) {
    const auto& encoders = family.text_encoders;
    if (std::all_of(encoders.begin(), encoders.end(),
                    [&](const StoredTextEncoder& encoder) { return holds(file, encoder.prefix); }))
      return family;
  }
  if (holds(file, "conditioner.embedders.0.model.")) {
    fail(Code::unsupported, "{}: an SDXL refiner, which is not supported", file.path().string());
  }
  fail(Code::unsupported,
       "{}: no text encoder of SD1.x, SD2.x or SDXL in it (cond_stage_model or "
       "conditioner.embedders); a part of a model belongs into a directory with a model_index.json",
       file.path().string());
}

}  // namespace

Checkpoint::Checkpoint(io::SafetensorsFile file) : file_(std::move(file)) {}

Checkpoint Checkpoint::open(const std::filesystem::path& path, bool needs_vae) {
  Checkpoint checkpoint(io::SafetensorsFile::open(path));
  for (const std::string_view prefix : {kUnet, kVae}) {
    const bool needed = needs_vae || prefix != kVae;
    if (needed && !holds(checkpoint.file_, prefix)) {
      fail(Code::unsupported,
           "{}: no tensor's name begins with '{}': not a whole model in the layout of SD1.x, SD2.x "
           "or SDXL{}",
           path.string(), prefix,
           prefix == kVae ? "; an autoencoder in a file of its own is given with --vae" : "");
    }
  }
  const Family& family = family_of(checkpoint.file_);
  checkpoint.family_ = family.family;
  checkpoint.text_encoders_ = family.text_encoders;
  return checkpoint;
}

io::WeightMap Checkpoint::weights(const std::string& component, const ModelConfigs& configs,
                                  const std::vector<std::string>& wanted) const {
  const auto select = [&](std::string_view prefix, const auto& stored_name) {
    return io::WeightMap::from_checkpoint(file_, prefix, wanted, stored_name);
  };
  if (component == "unet") {
    return select(kUnet, [layout = layout_of(configs.unet)](std::string_view name) {
      return io::StoredName{io::compvis_unet_name(name, layout)};
    });
  }
  if (component == "vae") {
    const auto& vae = std::get<models::VaeConfig>(configs.vae);
    return select(
        kVae, [levels = static_cast<int>(vae.block_out_channels.size())](std::string_view name) {
          return io::StoredName{io::compvis_vae_name(name, levels)};
        });
  }
  const StoredTextEncoder& encoder = text_encoders_.at(component == "text_encoder" ? 0 : 1);
  if (encoder.open_clip) return select(encoder.prefix, io::open_clip_name);
  return select(encoder.prefix,
                [](std::string_view name) { return io::StoredName{std::string(name)}; });
}

}  // namespace latentrt::pipeline
