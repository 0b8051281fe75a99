#include "loading/prediction_markers.hpp"

#include <fmt/format.h>

namespace latentrt::pipeline {
namespace {

using schedule::Option;

/// A marker, and the option that it implies.
struct Marker {
  std::string_view tensor, key;
  Option value;
};

std::vector<Marker> markers() {
  return {{"v_pred", "prediction_type", text_value("v_prediction")},
          {"ztsnr", "rescale_betas_zero_snr", boolean_value(true)}};
}

/// The schedulers of networks that were trained on samples of another scale (Karras et al. 2022).
/// Such a file lacks other values that its model needs: the scale of its latents, or of its data.
struct OtherProcess {
  std::string_view tensor, class_name;
};
constexpr OtherProcess kOtherProcesses[] = {{"edm_mean", "EDMDPMSolverMultistepScheduler"},
                                            {"edm_vpred.sigma_max", "EDMEulerScheduler"}};

bool same(const Option& a, const Option& b) {
  return a.kind == b.kind && a.boolean == b.boolean && a.text == b.text;
}

std::string said_before(const ModelScheduler& scheduler, std::string_view key) {
  const auto found = scheduler.options.find(std::string(key));
  if (found != scheduler.options.end()) return to_text(found->second);
  return key == "prediction_type" ? "epsilon" : "false";
}

}  // namespace

std::vector<std::string> apply_markers(const io::TensorFile& file, ModelScheduler& scheduler,
                                       std::string_view source) {
  std::vector<std::string> sentences;
  const auto has = [&](std::string_view tensor) {
    return file.tensors().contains(std::string(tensor));
  };
  for (const auto& [tensor, class_name] : kOtherProcesses) {
    if (!has(tensor)) continue;
    scheduler.class_name = class_name;
    scheduler.solver = {
        .refusal = fmt::format("a checkpoint in one file with the tensor {} is not supported, and "
                               "no other scheduler fits a model of its kind",
                               tensor),
        .replaceable = false};
  }
  for (const Marker& marker : markers()) {
    if (!has(marker.tensor)) continue;
    const auto found = scheduler.options.find(std::string(marker.key));
    if (found != scheduler.options.end() && same(found->second, marker.value)) continue;
    sentences.push_back(
        fmt::format("{}: its tensor {} means {}={}, although {} has {}; the tensor wins",
                    file.path().string(), marker.tensor, marker.key, to_text(marker.value), source,
                    said_before(scheduler, marker.key)));
    scheduler.options.insert_or_assign(std::string(marker.key), marker.value);
  }
  return sentences;
}

}  // namespace latentrt::pipeline
