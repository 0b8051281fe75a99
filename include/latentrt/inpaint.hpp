#pragma once
/// Inpainting: generates the masked part of a picture and keeps the rest.

#include <latentrt/api.hpp>
#include <latentrt/image.hpp>
#include <latentrt/sampler.hpp>
#include <optional>

namespace latentrt {

/// For a Sampler with SamplerOptions::from_image. At a strength of 1 the masked part starts as
/// noise, below 1 as the picture with noise added. Works with every model: models trained for
/// inpainting read the mask and the picture without the masked part in every step; with other
/// models the rest of the picture is blended in after each step.
struct InpaintRequest {
  /// `request.image` is the picture, of any size; it is resized to width x height, by default its
  /// own size rounded down to the model's grid. `request.latents` replace the drawn noise, and the
  /// run then starts from them at any strength. Pixels in the caller's memory and keep_on_device
  /// are not supported.
  Request request;
  /// White where the picture is generated, black where it is kept; a picture of the same size,
  /// whose grey values are used. Values of 128 and more mean white unless soft_mask is set. A mask
  /// without white is refused, one without black is not.
  Image mask;
  /// Grey values of the mask blend the picture and the generated part. Models that were trained for
  /// inpainting distinguish only black and white.
  bool soft_mask = false;
  /// Radius in pixels of a Gaussian blur of the mask, 0 to 1000: the generated part blends into the
  /// picture at the mask's edge. With soft_mask, the model reads the blurred mask too.
  double mask_blur = 0;
  /// Computes only the part of the picture that contains the mask, with this many more pixels on
  /// every side (and more on one side, to match the ratio of width and height), at width x height;
  /// the result is resized and pasted into the picture, and has the picture's size.
  std::optional<int> crop_padding{};
  /// Copies the picture's own pixels, bit for bit, where the mask is black. Otherwise the result is
  /// the output of the autoencoder (with crop_padding, for the computed part), in which all pixels
  /// differ slightly.
  bool composite = true;
};

/// Runs the request; see Session::run(). Result::latents are those of the computed part.
LATENTRT_API Result inpaint(Session& session, const InpaintRequest& request,
                            const StepCallback& on_step = {});

/// Throws what inpaint() would throw about the request before it computes anything.
LATENTRT_API void check_inpaint(const Session& session, const InpaintRequest& request);

}  // namespace latentrt
