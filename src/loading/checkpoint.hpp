#pragma once
/// Checkpoints in one file, in the layout of the code that SD1.x, SD2.x and SDXL were trained with (CompVis, sgm).

#include <filesystem>
#include <string>
#include <vector>

#include "io/names/stored_name.hpp"
#include "io/safetensors/safetensors.hpp"
#include "io/weights.hpp"
#include "loading/architectures.hpp"

namespace latentrt::pipeline {

enum class CheckpointFamily { sd1, sd2, sdxl };

/// One text encoder in the file.
struct StoredTextEncoder {
  std::string prefix;
  bool open_clip =
      false;  ///< OpenCLIP's names, and prompts padded with id 0; Hugging Face's names otherwise
};

/// What is in the file, told from names and shapes alone.
class Checkpoint {
 public:
  /// Throws Error: what SafetensorsFile::open throws; unsupported or bad_file when the tensors are not those of a
  /// whole model of a known family.
  /// One without an autoencoder is fine where that is given apart.
  static Checkpoint open(const std::filesystem::path& file, bool needs_vae = true);

  const io::SafetensorsFile& file() const noexcept { return file_; }
  CheckpointFamily family() const noexcept { return family_; }
  const std::vector<StoredTextEncoder>& text_encoders() const noexcept { return text_encoders_; }

  /// The tensors of "unet", "vae", "text_encoder" or "text_encoder_2" under their canonical names.
  io::WeightMap weights(const std::string& component, const ModelConfigs& configs,
                        const std::vector<std::string>& wanted) const;

 private:
  explicit Checkpoint(io::SafetensorsFile file);

  io::SafetensorsFile file_;
  CheckpointFamily family_ = CheckpointFamily::sd1;
  std::vector<StoredTextEncoder> text_encoders_;
};

/// The configuration that the tensors' shapes imply, with the family's published settings for what shapes do not say
/// (head counts, schedule, scaling factor). Throws Error(bad_file) that names the tensor that is missing or odd.
Architecture infer_architecture(const Checkpoint& checkpoint);

}  // namespace latentrt::pipeline
