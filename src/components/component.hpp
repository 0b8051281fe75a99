#pragma once
/// A component of a model: which classes a family accepts for it, and, after its configuration was
/// read, which networks it has and how files name its tensors.

#include <cstdint>
#include <filesystem>
#include <functional>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "components/class_names.hpp"
#include "components/tokenize.hpp"
#include "io/json.hpp"
#include "io/weights.hpp"
#include "models/autoencoder/latent_space.hpp"
#include "models/text/clip.hpp"
#include "nn/program/program.hpp"

namespace latentrt::pipeline {

/// The use of a component in a run. A `condition` makes an input of the denoiser from the parts of
/// a request that are not text.
enum class Use { text_encoder, condition, denoiser, autoencoder };

struct Component;

/// The files of a component in a model directory.
struct ComponentFiles {
  const io::Config& index;           ///< model_index.json
  std::optional<io::Config> config;  ///< if its folder has one
  io::WeightMap weights;
};

/// A class of components, as named in model_index.json or `_class_name`.
struct ComponentClass {
  std::string name;
  /// Throws Error(invalid_argument, unsupported) that names the field.
  Component (*read)(const io::Config& config);
  /// Completes the configuration from other files of the component; null: the folder's
  /// configuration is complete.
  io::Config (*completed)(const ComponentFiles& files) = nullptr;
};

/// A component that all models of a family have.
struct ComponentPlace {
  std::string name;          ///< of its folder, and in error sentences: "text_encoder_2"
  std::string other_name{};  ///< alternative name in models that do not use the first
  Use use = Use::denoiser;
  std::vector<ComponentClass> classes{};
  /// Prefixes of the component's module names in adapter files, with '_' for '.'; longer prefixes
  /// come before their own prefixes. Names without a known prefix are looked up in every component
  /// that has Component::adapter_names.
  std::vector<std::string> adapter_prefixes{};
  std::string tokenizer{};  ///< the folder of a text encoder's tokenizer
  /// Reads that folder. `pad_id`: padding of prompts, if it is not the tokenizer's own.
  Tokenize (*load_tokenizer)(const std::filesystem::path& folder,
                             std::optional<std::int64_t> pad_id) = load_clip_tokenizer;
  /// Name of a text encoder's tensor in textual inversion files, if models of the family have
  /// several text encoders.
  std::string word_tensor{};
};

/// Channels of a denoiser.
struct DenoiserShape {
  std::int64_t in_channels = 0, out_channels = 0;
  std::int64_t context_channels = 0;  ///< of the text states that it reads; 0: it reads none
  std::int64_t sample_size = 0;       ///< latents of the training pictures' side; 0: unknown
  std::int64_t size_multiple = 1;     ///< heights and widths of latents are multiples of this
};

/// A component whose configuration has been read. Nothing is built or loaded yet.
struct Component {
  ComponentPlace place;
  std::string class_name;
  std::optional<io::Config> config;

  /// The Programs that share the component's weights: one, or an autoencoder's encoder and decoder.
  std::function<std::vector<nn::Program>()> build;
  /// Maps the canonical name of a module or tensor to its name in the training code of published
  /// single-file checkpoints; an empty function: the names are the same.
  std::function<std::string(std::string_view canonical)> training_name{};
  /// Maps a tensor to its place in such a checkpoint, if it is a part of a stored tensor; an empty
  /// function: the whole tensor under training_name.
  std::function<io::StoredName(std::string_view canonical)> training_tensor{};
  /// All names of a module in adapter files; an empty function: adapters do not change this
  /// component.
  std::function<std::vector<std::string>(const std::string& module)> adapter_names{};
  /// Prefixes of tensors that files contain in addition to those that the Programs read.
  std::vector<std::string> ignored{};

  std::optional<DenoiserShape> denoiser{};   ///< of a denoiser
  std::optional<models::ClipConfig> text{};  ///< of a text encoder
  std::optional<Classes> classes{};          ///< of an embedder of classes
  std::int64_t condition_channels = 0;       ///< width of the values that a condition makes
  std::int64_t condition_tokens = 1;         ///< output of a condition
  std::optional<models::LatentSpace> latent_space{};  ///< of an autoencoder

  const std::string& name() const noexcept { return place.name; }
  /// It overflows in fp16, so fp32 is used instead.
  bool force_upcast() const { return latent_space && latent_space->force_upcast; }
};

/// Null for a class that the family does not accept.
const ComponentClass* find_class(const ComponentPlace& place, std::string_view class_name);

/// The accepted classes: "A or B".
std::string listed_classes(const ComponentPlace& place);

/// Throws Error(unsupported) for other classes; `source` is the file or folder that names one.
const ComponentClass& require_class(const ComponentPlace& place, std::string_view class_name,
                                    std::string_view source);

/// Throws what the class's reader throws.
Component read_component(const ComponentPlace& place, const ComponentClass& of_class,
                         const io::Config& config);

/// Null if there is no component with that use.
const Component* find_component(const std::vector<Component>& components, Use use);
const Component* find_component(const std::vector<Component>& components, std::string_view name);

}  // namespace latentrt::pipeline
