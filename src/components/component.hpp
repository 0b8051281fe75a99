#pragma once
/// A component of a model: which classes a family takes for it, and, when its configuration is
/// read, what it computes and how files name its tensors.

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

/// What a component does in a run. A `condition` makes an input of the denoiser from what a request
/// says without text.
enum class Use { text_encoder, condition, denoiser, autoencoder };

struct Component;

/// What a directory has for a component.
struct ComponentFiles {
  const io::Config& index;           ///< model_index.json
  std::optional<io::Config> config;  ///< where its folder has one
  io::WeightMap weights;
};

/// A class of components, as model_index.json or `_class_name` has it.
struct ComponentClass {
  std::string name;
  /// Throws Error(invalid_argument, unsupported) that names the field.
  Component (*read)(const io::Config& config);
  /// The configuration with what its files say in other ways; null: the folder's configuration has
  /// everything.
  io::Config (*completed)(const ComponentFiles& files) = nullptr;
};

/// A component that all models of a family have.
struct ComponentPlace {
  std::string name;          ///< of its folder, and in error sentences: "text_encoder_2"
  std::string other_name{};  ///< that models may have instead
  Use use = Use::denoiser;
  std::vector<ComponentClass> classes{};
  /// How the names of its modules begin in adapter files, with '_' for '.'; longer prefixes before
  /// those that they begin with. Names without any prefix are looked up in every component that has
  /// Component::adapter_names.
  std::vector<std::string> adapter_prefixes{};
  std::string tokenizer{};  ///< the folder of a text encoder's tokenizer
  /// Reads that folder. `pad_id`: padding of prompts, where it is not the tokenizer's own.
  Tokenize (*load_tokenizer)(const std::filesystem::path& folder,
                             std::optional<std::int64_t> pad_id) = load_clip_tokenizer;
  /// A text encoder's tensor in files of learned words, where models of the family have several
  /// text encoders.
  std::string word_tensor{};
};

/// Channels of a denoiser.
struct DenoiserShape {
  std::int64_t in_channels = 0, out_channels = 0;
  std::int64_t context_channels = 0;  ///< of the text states that it reads; 0: none
  std::int64_t sample_size = 0;       ///< latents of the training pictures' side; 0: unknown
  std::int64_t size_multiple = 1;     ///< what heights and widths of latents are multiples of
};

/// A component whose configuration has been read. Nothing is built or loaded yet.
struct Component {
  ComponentPlace place;
  std::string class_name;
  std::optional<io::Config> config;

  /// The Programs that share the component's weights: one, or an autoencoder's encoder and decoder.
  std::function<std::vector<nn::Program>()> build;
  /// The name of a module or tensor in the code that published checkpoints in one file were trained
  /// with; empty function: the same name.
  std::function<std::string(std::string_view canonical)> training_name{};
  /// Where a tensor is in such a checkpoint, where it is a part of one; empty function: the one of
  /// training_name.
  std::function<io::StoredName(std::string_view canonical)> training_tensor{};
  /// All names by which adapter files speak of a module; empty function: adapters do not change
  /// this component.
  std::function<std::vector<std::string>(const std::string& module)> adapter_names{};
  /// Beginnings of the names of tensors that files hold in addition to those that the Programs
  /// read.
  std::vector<std::string> ignored{};

  std::optional<DenoiserShape> denoiser{};            ///< of a denoiser
  std::optional<models::ClipConfig> text{};           ///< of a text encoder
  std::optional<Classes> classes{};                   ///< of an embedder of classes
  std::int64_t condition_channels = 0;                ///< of what a condition makes
  std::int64_t condition_tokens = 1;                  ///< that it makes
  std::optional<models::LatentSpace> latent_space{};  ///< of an autoencoder

  const std::string& name() const noexcept { return place.name; }
  /// fp16 overflows in it, so that fp32 is used instead.
  bool force_upcast() const { return latent_space && latent_space->force_upcast; }
};

/// Null for a class that the family does not take.
const ComponentClass* find_class(const ComponentPlace& place, std::string_view class_name);

/// The classes of the place: "A or B".
std::string listed_classes(const ComponentPlace& place);

/// Throws Error(unsupported) for other classes; `source` is the file or folder that names one.
const ComponentClass& require_class(const ComponentPlace& place, std::string_view class_name,
                                    std::string_view source);

/// Throws what the class's reader throws.
Component read_component(const ComponentPlace& place, const ComponentClass& of_class,
                         const io::Config& config);

/// Null where there is none of that use.
const Component* find_component(const std::vector<Component>& components, Use use);
const Component* find_component(const std::vector<Component>& components, std::string_view name);

}  // namespace latentrt::pipeline
