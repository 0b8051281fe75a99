#include "tasks/text/teller.hpp"

#include <utility>

#include "sampling/masked/masked.hpp"
#include "tasks/text/columns.hpp"

namespace latentrt::pipeline {

StepTeller::StepTeller(const TextObserver& on_step, std::int64_t mask_id, std::int64_t gen_length,
                       const sampling::State& begun)
    : on_step_(on_step),
      mask_id_(mask_id),
      gen_length_(gen_length),
      before_(last_columns<std::int64_t>(begun.at("ids"), gen_length)) {}

void StepTeller::operator()(const sampling::Progress& progress, const sampling::State& state) {
  std::vector<TokenIds> now = before_, predictions;
  std::vector<std::vector<double>> confidence;
  put_columns(state.at("ids"), gen_length_, progress.items, now);
  if (state.contains(sampling::kPredicted)) {
    predictions = before_;
    confidence.assign(before_.size(), std::vector<double>(static_cast<std::size_t>(gen_length_)));
    put_columns(state.at(sampling::kPredicted), gen_length_, progress.items, predictions);
    put_columns(state.at(sampling::kConfidence), gen_length_, progress.items, confidence);
  }
  on_step_({.step = progress.step,
            .steps = progress.steps,
            .answers = now,
            .before = before_,
            .mask_id = mask_id_,
            .seconds = progress.seconds,
            .predictions = predictions,
            .confidence = confidence});
  before_ = std::move(now);
}

}  // namespace latentrt::pipeline
