#pragma once
/// The networks of a loaded model.

#include <cstdint>
#include <functional>
#include <map>
#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "components/autoencoder.hpp"
#include "components/component.hpp"
#include "components/text_encoder.hpp"
#include "nn/run/network.hpp"

namespace latentrt::pipeline {

struct Family;

struct Model {
  std::shared_ptr<const Family> family;
  std::map<std::string, bool> flags;                ///< Family::flags, as in the model's files
  std::vector<Component> components;                ///< in the order of the family's places
  std::vector<TextEncoder> text_encoders;           ///< components with that use, in the same order
  std::map<std::string, nn::Network> conditions{};  ///< components with that use, by name
  nn::Network denoiser;
  std::optional<Autoencoder> autoencoder;

  /// Pixels per latent along a side.
  int factor() const { return autoencoder->space().factor; }
  /// Heights and widths of latents are multiples of this.
  int latent_multiple() const;
  /// Whether the denoiser was distilled with the guidance scale as an input.
  bool embeds_guidance() const { return denoiser.program->declares("guidance"); }
  /// Null if the model has no classes.
  const Classes* classes() const;
  /// Tokens of the denoiser's context per chunk of a prompt, or per condition; 1 if it has no
  /// context.
  std::int64_t tokens_per_chunk() const;
};

/// Calls `visit` for the text encoders and the denoiser, in the order of the components.
void for_each_network(Model& model,
                      const std::function<void(const Component&, nn::Network&)>& visit);

}  // namespace latentrt::pipeline
