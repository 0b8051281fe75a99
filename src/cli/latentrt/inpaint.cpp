/// latentrt inpaint.
#include <latentrt/inpaint.hpp>

#include "cli/latentrt/commands.hpp"
#include "cli/latentrt/generate.hpp"
#include "cli/pictures/picture_file.hpp"

namespace latentrt::cli {
namespace {

struct InpaintFlags {
  std::string mask;
  bool soft_mask = false, no_composite = false;
  double mask_blur = 0;
  std::optional<int> crop_padding;

  void add_to(CLI::App& app) {
    app.add_option("--mask", mask,
                   "PNG, JPEG or WebP file of the picture's size: white is painted anew, black "
                   "stays, grey values are cut in half")
        ->required();
    app.add_flag("--soft-mask", soft_mask, "grey values of the mask are shares of both pictures");
    app.add_option("--mask-blur", mask_blur, "radius of a Gaussian blur of the mask, in pixels")
        ->capture_default_str();
    app.add_option("--crop-padding", crop_padding,
                   "compute only the part that holds the mask, with so many more pixels around it, "
                   "at --width x --height, and paste it into the picture");
    app.add_flag(
        "--no-composite", no_composite,
        "write the autoencoder's picture, in which the pixels outside of the mask differ a "
        "little from the picture's own");
  }

  InpaintRequest request(const RunFlags& run) const {
    return {.request = run.request(),
            .mask = read_picture(mask),
            .soft_mask = soft_mask,
            .mask_blur = mask_blur,
            .crop_padding = crop_padding,
            .composite = !no_composite};
  }
};

}  // namespace

void add_inpaint(CLI::App& app) {
  CLI::App* const command =
      app.add_subcommand("inpaint", "a picture of which a masked part is painted anew");
  const auto flags = std::make_shared<RunFlags>();
  const auto own = std::make_shared<InpaintFlags>();
  flags->start = StartFrom::masked_picture;
  flags->add_plan_flags_to(*command);
  flags->add_size_flags_to(*command);
  flags->add_prompt_flags_to(*command);
  flags->add_run_flags_to(*command);
  own->add_to(*command);
  run_on_ranks(*command, flags, [flags, own] {
    const InpaintRequest request = own->request(*flags);
    return task_of(request, check_inpaint, inpaint, request.request);
  });
}

}  // namespace latentrt::cli
