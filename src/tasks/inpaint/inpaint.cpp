#include "tasks/inpaint/inpaint.hpp"

#include <ATen/TensorOperators.h>
#include <ATen/ops/cat.h>
#include <ATen/ops/where.h>

#include <utility>

#include "base/fail.hpp"
#include "components/concat_input.hpp"
#include "pipeline/extent.hpp"
#include "sampling/gaussian/blend.hpp"
#include "sampling/gaussian/gaussian.hpp"
#include "tasks/inpaint/canvas.hpp"
#include "tasks/inpaint/check.hpp"
#include "tasks/sampler_state.hpp"

namespace latentrt {
namespace pipeline {
namespace {

/// The request with the size of the pictures that the model makes.
std::shared_ptr<const Request> with_size(const Pipeline::State& model, const Request& given) {
  auto request = std::make_shared<Request>(given);
  const int multiple = model.factor() * model.latent_multiple();
  const auto fitted = [&](int side) {
    if (side < multiple)
      fail(Code::invalid_argument, "the picture has {} x {} pixels; the least side is {}",
           given.image->width, given.image->height, multiple);
    return side / multiple * multiple;
  };
  if (request->width == 0) request->width = fitted(given.image->width);
  if (request->height == 0) request->height = fitted(given.image->height);
  return request;
}

bool reads_mask(const Pipeline::State& model) {
  return model.denoiser.program->declares(kConcatInput);
}

void check_model(const Pipeline::State& model) {
  if (is_for_inpainting(model)) return;
  check_subject(model, Subject::prompt, "inpaint");
  if (!reads_mask(model)) return;
  fail(Code::unsupported,
       "models of the family {} read something else than a mask next to the latents",
       model.family->name);
}

/// Repeats a row for each picture.
at::Tensor for_all(const at::Tensor& rows, const Binding& binding) {
  std::vector<std::int64_t> sizes = rows.sizes().vec();
  sizes[0] = binding.latent_shape[0];
  return rows.expand(sizes).contiguous();
}

/// Draws and encodes in the order of diffusers: the picture's posterior if it is used, the noise,
/// and the posterior of the picture without the masked part, even if it is not used.
class Begin {
 public:
  Begin(const Setup& setup, const Binding& binding, const Beginning& beginning,
        const Canvas& canvas)
      : model_(setup.model),
        binding_(binding),
        session_(beginning.session),
        conditioning_(beginning.conditioning),
        picture_(canvas.picture().to(model_.device)),
        mask_(canvas.mask().to(model_.device)),
        from_noise_(setup.options.strength == 1 || binding.request->latents) {}

  void run() {
    const schedule::Trajectory& path = sampling::gaussian_of(*session_.plan).trajectory;
    at::Tensor known;
    if (!reads_mask(model_) || !from_noise_) known = for_all(encoded(picture_), binding_);
    const at::Tensor noise = first_noise(binding_, session_);
    session_.sample() = from_noise_ ? noise * path.initial_noise_scale
                                    : known * path.image_weight + noise * path.noise_weight;
    if (reads_mask(model_)) {
      conditioning_[kConcatInput] = concat_input();
    } else {
      skip_masked_posterior();
      sampling::add_blend(session_.state, {known, noise, for_all(latent_mask(), binding_)}, path);
    }
  }

 private:
  at::Tensor encoded(const at::Tensor& picture) const {
    return model_.autoencoder->encode(picture, *session_.noise, binding_.request->vae);
  }

  /// A draw that precedes others, so it must be made.
  void skip_masked_posterior() const {
    if (!model_.autoencoder->space().posterior) return;
    std::vector<std::int64_t> shape = binding_.latent_shape;
    shape[0] = session_.noise->seeds();
    session_.noise->draw(shape, at::kCPU, {sampling::Root::posterior});
  }

  /// The mask of the first pixel of each latent.
  at::Tensor latent_mask() const {
    const std::int64_t over = model_.factor();
    return mask_.slice(2, 0, {}, over).slice(3, 0, {}, over);
  }

  at::Tensor part(RepaintInput input) const {
    switch (input) {
      case RepaintInput::mask:
        return latent_mask();
      case RepaintInput::signed_mask:
        return latent_mask() * 2 - 1;
      case RepaintInput::masked_latents:
        return encoded(with_hole(0));
      case RepaintInput::black_latents:
        break;
    }
    return encoded(with_hole(-1));
  }

  /// The picture with this value, in [-1,1], in the masked part.
  at::Tensor with_hole(double value) const { return at::where(mask_ < 0.5, picture_, value); }

  /// The same value for both roles of guidance.
  at::Tensor concat_input() const {
    std::vector<at::Tensor> parts;
    for (const RepaintInput input : model_.family->repainting)
      parts.push_back(for_all(part(input), binding_));
    const at::Tensor rows = at::cat(parts, 1);
    return model_.denoiser.placed(kConcatInput,
                                  binding_.conditioning.guided ? at::cat({rows, rows}) : rows);
  }

  const Pipeline::State& model_;
  const Binding& binding_;
  sampling::SessionState& session_;
  nn::NamedTensors& conditioning_;
  const at::Tensor picture_, mask_;
  const bool from_noise_;
};

}  // namespace

Binding bind_inpaint(const Setup& setup, const InpaintRequest& asked) {
  check_model(setup.model);
  check_inpaint_request(setup.options, asked);
  Binding binding = bind(setup, with_size(setup.model, asked.request));
  const auto canvas = std::make_shared<std::optional<Canvas>>();
  binding.begin = [&asked, canvas, setup](const Binding& of, const Beginning& beginning) {
    canvas->emplace(asked, of.conditioning.extent);
    Begin(setup, of, beginning, **canvas).run();
  };
  binding.finish = [canvas](Result& result) {
    for (Image& image : result.images) image = (*canvas)->finished(image);
  };
  return binding;
}

}  // namespace pipeline

Result inpaint(Session& session, const InpaintRequest& request, const StepCallback& on_step) {
  return session.state().run(
      [&](const pipeline::Setup& setup) { return pipeline::bind_inpaint(setup, request); },
      on_step);
}

void check_inpaint(const Session& session, const InpaintRequest& request) {
  pipeline::bind_inpaint(session.state().setup(), request);
}

}  // namespace latentrt
