#pragma once
/// A model family: which components a class of pipelines has, how its files are recognised and
/// read, and which inputs its network gets for a request. The rest of the library accesses families
/// only as values of this type.

#include <ATen/core/Tensor.h>

#include <cstdint>
#include <latentrt/layout.hpp>
#include <latentrt/sampler.hpp>
#include <map>
#include <optional>
#include <string>
#include <vector>

#include "components/checkpoint_layout.hpp"
#include "components/component.hpp"
#include "nn/run/executor.hpp"

namespace latentrt::pipeline {

struct Model;

/// Size of the requested pictures in pixels.
struct Extent {
  int width, height;
};

/// The condition of a request, by the kind of model.
enum class Subject {
  prompt,
  nothing,      ///< unconditional: the model draws a sample of its training distribution
  class_label,  ///< the index of one of its classes
  picture,      ///< the picture to enlarge
  label_map,    ///< the class of each pixel
  boxes,        ///< boxes of objects with their classes
};

/// What conditioning() gets. `request` has been checked. The last four are for models without
/// prompts.
struct ConditioningCall {
  const Request& request;
  Extent extent;
  bool guided;                                ///< whether there are rows without the condition
  double scale;                               ///< of guidance
  std::size_t chunks;                         ///< number of chunks to which every prompt is padded
  std::optional<std::int64_t> class_label{};  ///< unset: pictures of any class
  at::Tensor picture{};                       ///< [1,3,height,width] fp32 in [-1,1]
  at::Tensor label_map{};  ///< [1,height,width] int64, in pixels of the generated picture
  std::vector<LayoutBox> boxes{};
};

/// A part of a denoiser's input "concat" for inpainting.
enum class RepaintInput {
  mask,            ///< one channel: 1 where the picture is generated, 0 elsewhere
  signed_mask,     ///< one channel: 1 where the picture is generated, -1 elsewhere
  masked_latents,  ///< the encoded picture, grey where it is generated
  black_latents,   ///< the encoded picture, black where it is generated
};

/// The network's inputs that change with the request, by name, for each role of guidance: each
/// tensor has one row, or one per picture. The caller drops inputs that the network does not
/// declare. `unconditional` is empty without guidance.
struct RoleInputs {
  nn::NamedTensors conditional, unconditional;
};

struct Family {
  std::string name;
  /// Pipeline classes of model_index.json. The first is that of checkpoints in one file.
  std::vector<std::string> class_names;
  std::vector<ComponentPlace> components;
  std::vector<CheckpointLayout> checkpoints{};
  std::vector<Architecture> architectures{};  ///< published ones, for synthetic pipelines
  /// Settings of model_index.json, with their defaults.
  std::map<std::string, bool> flags{};
  double guidance = 7.5;  ///< default guidance scale
  bool can_guide = true;  ///< the model can also make a picture without the condition
  /// Guidance is off only at a scale of exactly 1, as in the code of latent-diffusion, instead of
  /// at 1 and below.
  bool guides_below_one = false;
  int steps = 50;  ///< default number of steps
  /// Whether latents are multiplied by the autoencoder's scaling factor.
  bool scales_latents = true;
  bool consistency_model = false;  ///< distilled for few steps, whatever the scheduler's file says
  /// How many of the text encoders' last layers are never read, in addition to Request::clip_skip.
  int text_layers_left_out = 0;
  Subject subject = Subject::prompt;
  /// Above 0: a prompt is one vector, and the denoiser also attends to up to this many of
  /// Request::neighbours. 0: a prompt is the states of its tokens.
  int neighbours = 0;
  /// The parts of a denoiser's input "concat" that are made of a mask and a picture, in the order
  /// of the channels; empty: the family's denoisers read something else there, which conditioning()
  /// makes.
  std::vector<RepaintInput> repainting{};
  /// Throws Error(unsupported, invalid_argument) if components do not fit together. There is one
  /// component for each use that the family has, except for text encoders that a checkpoint lacks.
  void (*check)(const std::vector<Component>& components) = nullptr;
  RoleInputs (*conditioning)(const Model& model, const ConditioningCall& call) = nullptr;
};

}  // namespace latentrt::pipeline
