#pragma once
/// The per-element maths of guided_step, for the host and the device: the CUDA kernel (Real =
/// float) and the CPU reference (Real = double) are loops over step_pack.

#include "kernels/common/element.h"
#include "kernels/common/host_device.h"
#include "kernels/common/philox.h"
#include "kernels/guided_step/guided_step.h"

namespace latentrt::kernels {

template <class To, class From>
StepCoefficients<To> converted(const StepCoefficients<From>& from) {
  const auto to = [](From value) { return static_cast<To>(value); };
  const From(&history)[kMaxStepHistory] = from.history_weights;
  return {to(from.guidance_scale),
          to(from.guidance_rescale),
          to(from.x0_from_sample),
          to(from.x0_from_output),
          to(from.clip),
          to(from.sample_weight),
          to(from.output_weight),
          to(from.x0_weight),
          {to(history[0]), to(history[1]), to(history[2]), to(history[3])},
          to(from.noise_weight),
          to(from.push_sample),
          to(from.push_output),
          to(from.push_x0),
          to(from.next_input_scale)};
}

/// Unlike min(max()), keeps NaN.
template <class Real>
LATENTRT_HOST_DEVICE Real clamped(Real value, Real limit) {
  if (value < -limit) return -limit;
  return value > limit ? limit : value;
}

template <class Real>
struct Stepped {
  Real next, pushed;
};

/// One element of one step, without its history and noise terms.
template <class Real>
LATENTRT_HOST_DEVICE Stepped<Real> stepped(const StepCoefficients<Real>& c, Real sample,
                                           Real output) {
  const Real estimate = c.x0_from_sample * sample + c.x0_from_output * output;
  const Real x0 = c.clip > 0 ? clamped(estimate, c.clip) : estimate;
  return {c.sample_weight * sample + c.output_weight * output + c.x0_weight * x0,
          c.push_sample * sample + c.push_output * output + c.push_x0 * x0};
}

template <class Real, int kWidth>
LATENTRT_HOST_DEVICE void add_term(Numbers<Real, kWidth>& sum, Real weight, const float* source,
                                   std::int64_t index) {
  if (weight == 0) return;
  const auto term = load<Real, kWidth>(source + index);
  for (int k = 0; k < kWidth; ++k) sum.values[k] += weight * term.values[k];
}

/// Noise that was drawn before, or is drawn here: for elements [i, i + kWidth) of a row.
template <class Real, int kWidth>
LATENTRT_HOST_DEVICE void add_noise(Numbers<Real, kWidth>& sum, Real weight,
                                    const GuidedStepArgs& args, std::int64_t row, std::int64_t i) {
  if (args.noise != nullptr) return add_term(sum, weight, args.noise, row * args.row_size + i);
  if (weight == 0) return;
  const std::uint64_t seed = args.noise_seeds[row];
  for (int k = 0; k < kWidth; ++k) {
    sum.values[k] +=
        weight * philox_normal<Real>(seed, args.noise_draw, static_cast<std::uint64_t>(i + k));
  }
}

/// The network's output for the conditional row and for the guided combination.
template <class Real, int kWidth>
struct Guided {
  Numbers<Real, kWidth> conditional, combined;
};

template <class Real, class Output, int kWidth>
LATENTRT_HOST_DEVICE Guided<Real, kWidth> guided(const GuidedStepArgs& args, Real scale,
                                                 std::int64_t index) {
  const auto conditional = load<Real, kWidth>(static_cast<const Output*>(args.conditional) + index);
  if (args.unconditional == nullptr) return {conditional, conditional};
  auto combined = load<Real, kWidth>(static_cast<const Output*>(args.unconditional) + index);
  for (int k = 0; k < kWidth; ++k) {
    combined.values[k] += scale * (conditional.values[k] - combined.values[k]);
  }
  return {conditional, combined};
}

/// The whole step for elements [i, i + kWidth) of a row: all reads precede all writes.
template <class Real, class Output, class Input, int kWidth>
LATENTRT_HOST_DEVICE void step_pack(const GuidedStepArgs& args, const StepCoefficients<Real>& c,
                                    Real row_factor, std::int64_t row, std::int64_t i) {
  const std::int64_t index = row * args.row_size + i;
  const auto sample = load<Real, kWidth>(args.sample + index);
  const auto output = guided<Real, Output, kWidth>(args, c.guidance_scale, index).combined;
  Numbers<Real, kWidth> next, pushed;
  for (int k = 0; k < kWidth; ++k) {
    const auto element = stepped(c, sample.values[k], row_factor * output.values[k]);
    next.values[k] = element.next;
    pushed.values[k] = element.pushed;
  }
  for (int j = 0; j < kMaxStepHistory; ++j) {
    add_term(next, c.history_weights[j], args.history[j], index);
  }
  add_noise(next, c.noise_weight, args, row, i);

  store(args.next + index, packed<float>(next));
  if (args.pushed != nullptr) store(args.pushed + index, packed<float>(pushed));
  if (args.next_input == nullptr) return;
  for (Real& value : next.values) {
    value = c.next_input_scale * static_cast<Real>(static_cast<float>(value));
  }
  const auto input = packed<Input>(next);
  LATENTRT_KEEP_LOOP
  for (int copy = 0; copy < args.next_input_copies; ++copy) {
    store(static_cast<Input*>(args.next_input) + copy * args.rows * args.row_size + index, input);
  }
}

}  // namespace latentrt::kernels
