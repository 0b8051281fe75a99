#pragma once
/// Inpainting: paints the masked part of a picture anew and keeps the rest.

#include <latentrt/api.hpp>
#include <latentrt/image.hpp>
#include <latentrt/sampler.hpp>
#include <optional>

namespace latentrt {

/// For a Sampler with SamplerOptions::from_image. At a strength of 1 the masked part begins as
/// noise, below it as the picture with noise. Works with every model: those that were trained to
/// inpaint read the mask and the picture without the masked part in every step, with the others the
/// rest of the picture is blended in after each step.
struct InpaintRequest {
  /// `request.image` is the picture, of any size; it is resized to width x height, which are by
  /// default its own ones rounded down to the model's grid. `request.latents` replace the drawn
  /// noise, and the run then begins with them at any strength. Pixels in the caller's memory and
  /// keep_on_device are not available.
  Request request;
  /// White where the picture is painted anew, black where it stays; a picture of the same size, of
  /// which the grey values count. Values of 128 and more mean white unless soft_mask is set. A mask
  /// without white is refused, one without black is not.
  Image mask;
  /// Grey values of the mask are shares between the picture and what is painted. Models that were
  /// trained to inpaint know black and white only.
  bool soft_mask = false;
  /// Radius in pixels of a Gaussian blur of the mask, 0 to 1000: what is painted blends with the
  /// picture at the mask's edge. With soft_mask, the model sees the blurred mask too.
  double mask_blur = 0;
  /// Computes only the part of the picture that holds the mask, with so many more pixels on every
  /// side (and what the width and height's ratio needs), at width x height; the result is resized
  /// and pasted into the picture, whose size it then has.
  std::optional<int> crop_padding{};
  /// Puts the picture's own pixels, to the last bit, where the mask is black. Otherwise the result
  /// is what the autoencoder returns (with crop_padding, of the computed part), in which all pixels
  /// differ a little.
  bool composite = true;
};

/// Runs the request; see Session::run(). Result::latents are those of the computed picture.
LATENTRT_API Result inpaint(Session& session, const InpaintRequest& request,
                            const StepCallback& on_step = {});

/// Throws what inpaint() would throw about the request before it computes anything.
LATENTRT_API void check_inpaint(const Session& session, const InpaintRequest& request);

}  // namespace latentrt
