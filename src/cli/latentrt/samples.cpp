/// latentrt sample, upscale, semantic and layout: pictures of models that read
/// no prompt.
#include <fmt/format.h>

#include <latentrt/layout.hpp>
#include <latentrt/samples.hpp>
#include <latentrt/semantic.hpp>
#include <latentrt/upscale.hpp>

#include "cli/latentrt/commands.hpp"
#include "cli/latentrt/generate.hpp"
#include "cli/pictures/labels.hpp"
#include "cli/pictures/picture_file.hpp"
#include "cli/support/boxes.hpp"

namespace latentrt::cli {
namespace {

/// Flags of a command, without width and height if it has none.
std::shared_ptr<RunFlags> add_flags(CLI::App& command, bool has_size) {
  const auto flags = std::make_shared<RunFlags>();
  flags->add_plan_flags_to(command);
  has_size ? flags->add_size_flags_to(command) : flags->add_batch_flags_to(command);
  flags->add_run_flags_to(command);
  return flags;
}

}  // namespace

void add_sample(CLI::App& app) {
  CLI::App* const command = app.add_subcommand(
      "sample", "a picture of a class, or like those that the model was trained on");
  const auto flags = add_flags(*command, true);
  const auto label = std::make_shared<std::optional<std::string>>();
  command->add_option("--class", *label,
                      "number or name of a class, for models with classes (default: of any)");
  run_on_ranks(*command, flags, [flags, label] {
    return task_of(SampleRequest{*label, flags->width, flags->height, flags->settings()},
                   check_samples, draw_samples);
  });
}

void add_upscale(CLI::App& app) {
  CLI::App* const command =
      app.add_subcommand("upscale", "a picture with more pixels and more detail");
  const auto flags = add_flags(*command, false);
  command->add_option("--image", flags->image, "PNG, JPEG or WebP file")->required();
  run_on_ranks(*command, flags, [flags] {
    return task_of(UpscaleRequest{read_picture(flags->image), flags->settings()}, check_upscale,
                   upscale);
  });
}

void add_semantic(CLI::App& app) {
  CLI::App* const command =
      app.add_subcommand("semantic", "a picture of which the class of every pixel is given");
  const auto flags = add_flags(*command, false);
  const auto labels = std::make_shared<std::string>();
  command
      ->add_option("--labels", *labels,
                   "PNG file whose palette indices, or 8-bit grey values, are "
                   "numbers of classes")
      ->required();
  run_on_ranks(*command, flags, [flags, labels] {
    return task_of(SemanticRequest{read_labels(*labels), flags->settings()}, check_labels,
                   paint_labels);
  });
}

void add_layout(CLI::App& app) {
  CLI::App* const command =
      app.add_subcommand("layout", "a picture with objects of given classes at given places");
  const auto flags = add_flags(*command, true);
  const auto boxes = std::make_shared<std::string>();
  command
      ->add_option("--boxes", *boxes,
                   "JSON file: [{\"class\": number, \"box\": [left, top, "
                   "right, bottom]}, ...] "
                   "with sides from 0 to 1 of the picture")
      ->required();
  run_on_ranks(*command, flags, [flags, boxes] {
    return task_of(
        LayoutRequest{read_boxes(*boxes), flags->width, flags->height, flags->settings()},
        check_layout, paint_layout);
  });
}

}  // namespace latentrt::cli
