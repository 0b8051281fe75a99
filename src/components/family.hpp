#pragma once
/// A model family: which components a class of pipelines has, how its files are recognised and
/// read, and what its network is given for a request. The rest of the library knows families only
/// as values of this type.

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

/// Pixels of the pictures asked for.
struct Extent {
  int width, height;
};

/// What a request says of the picture that a model makes.
enum class Subject {
  prompt,
  nothing,      ///< the model draws from what it was trained on
  class_label,  ///< the number of one of its classes
  picture,      ///< a picture with less detail
  label_map,    ///< the class of each pixel
  boxes,        ///< where objects of which classes are
};

/// What conditioning inputs are made for. `request` has been checked. The last four are of models
/// with other subjects than prompts.
struct ConditioningCall {
  const Request& request;
  Extent extent;
  bool guided;                                ///< whether there are rows without the condition
  double scale;                               ///< of guidance
  std::size_t chunks;                         ///< to which every prompt is filled up
  std::optional<std::int64_t> class_label{};  ///< none: pictures of any class
  at::Tensor picture{};                       ///< [1,3,height,width] fp32 in [-1,1]
  at::Tensor label_map{};  ///< [1,height,width] int64, pixels of the picture made
  std::vector<LayoutBox> boxes{};
};

/// A part of a denoiser's input "concat" for repainting a part of a picture.
enum class RepaintInput {
  mask,            ///< one channel: 1 where the picture is painted anew, 0 elsewhere
  signed_mask,     ///< one channel: the same with -1 for 0
  masked_latents,  ///< the encoded picture, grey where it is painted anew
  black_latents,   ///< the same, black there
};

/// The network's inputs that change with the request, by name, for each role of guidance: each
/// tensor has one row, or one a picture. Those that the network does not declare are left out by
/// the caller. `unconditional` is empty without guidance.
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
  /// Settings of model_index.json, and what holds where it does not say.
  std::map<std::string, bool> flags{};
  double guidance = 7.5;  ///< scale where a caller says nothing
  bool can_guide = true;  ///< a picture without the condition can be made too
  /// Guidance is off at a scale of exactly 1 only, as in the code of latent-diffusion, instead of
  /// at 1 and below.
  bool guides_below_one = false;
  int steps = 50;  ///< where a caller says nothing
  /// Whether latents are multiplied by the autoencoder's scaling factor.
  bool scales_latents = true;
  bool consistency_model = false;  ///< distilled to few steps whatever its scheduler says
  /// How many of the text encoders' last layers are never read, in addition to Request::clip_skip.
  int text_layers_left_out = 0;
  Subject subject = Subject::prompt;
  /// Above 0: a prompt is one vector, and the denoiser attends to up to so many of
  /// Request::neighbours next to it. 0: a prompt is the states of its tokens.
  int neighbours = 0;
  /// What a denoiser with an input "concat" reads of a mask and a picture, in the order of the
  /// channels; empty: such denoisers of the family read something else there, which conditioning()
  /// makes.
  std::vector<RepaintInput> repainting{};
  /// Throws Error(unsupported, invalid_argument) when components do not fit together. One of each
  /// use that the family has is there, apart from text encoders that a checkpoint leaves out.
  void (*check)(const std::vector<Component>& components) = nullptr;
  RoleInputs (*conditioning)(const Model& model, const ConditioningCall& call) = nullptr;
};

}  // namespace latentrt::pipeline
