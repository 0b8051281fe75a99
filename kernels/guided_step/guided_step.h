#pragma once
/// Classifier-free guidance and one scheduler step in one pass over the latents. Per element of a
/// row r:
///
///   guided = unconditional + guidance_scale * (conditional - unconditional)
///   output = guided * (phi * std_r(conditional) / std_r(guided) + 1 - phi)
///   x0     = x0_from_sample * sample + x0_from_output * output     (to +-clip if clip > 0)
///   next   = sample_weight * sample + output_weight * output + x0_weight * x0
///            + sum_j history_weights[j] * history[j] + noise_weight * noise
///   pushed = push_sample * sample + push_output * output + push_x0 * x0
///   next_input = next_input_scale * next                           (next as stored, in fp32)
///
/// guided is eq. 6 of Ho and Salimans 2022 with scale = 1 + w; output is section 3.4 of Lin et al.
/// 2023 with phi = guidance_rescale, the standard deviations being over the row's elements. NaN and
/// infinity propagate as in these formulas. Rescaling divides by std_r(guided): a row whose
/// elements are all equal has no defined result.

#include <cstdint>
#include <latentrt/dtype.hpp>

#include "kernels/common/stream.h"

namespace latentrt::kernels {

inline constexpr int kMaxStepHistory = 4;

/// The coefficients of a step: those of schedule::Step under the same names, and those of guidance.
template <class Real>
struct StepCoefficients {
  Real guidance_scale = 1, guidance_rescale = 0;
  Real x0_from_sample = 0, x0_from_output = 0, clip = 0;
  Real sample_weight = 0, output_weight = 0, x0_weight = 0;
  Real history_weights[kMaxStepHistory] = {};
  Real noise_weight = 0;
  Real push_sample = 0, push_output = 0, push_x0 = 0;
  Real next_input_scale = 1;
};

/// All buffers are [rows, row_size] without gaps unless stated otherwise, with the same order of
/// elements inside a row, and in one memory: that of the host for guided_step_ref, of one device
/// for guided_step. `next` may be `sample`, and `pushed` may be any history entry; apart from that
/// no result may overlap another buffer.
struct GuidedStepArgs {
  std::int64_t rows = 0;      ///< pictures
  std::int64_t row_size = 0;  ///< elements of a picture's latents, C * h * w
  StepCoefficients<double> coefficients;

  const float* sample = nullptr;
  const void* conditional = nullptr;    ///< the network's output; the only one if guidance is off
  const void* unconditional = nullptr;  ///< null: guidance is off, scale and rescale are ignored
  DType output_dtype = DType::fp32;     ///< of conditional and unconditional
  const float* history[kMaxStepHistory] = {};  ///< newest first; entries of weight 0 are not read
  const float* noise = nullptr;                ///< not read if noise_weight is 0
  /// Without `noise`: the seed of each row, and the index of this draw. A row's noise is generated
  /// by philox.h.
  const std::uint64_t* noise_seeds = nullptr;
  std::uint64_t noise_draw = 0;

  float* next = nullptr;
  float* pushed = nullptr;     ///< null: not computed
  void* next_input = nullptr;  ///< [next_input_copies, rows, row_size]; null: not computed
  DType next_input_dtype = DType::fp32;
  int next_input_copies = 1;
};

/// Throws Error(internal) if a size is negative or a buffer that the step needs is null.
void check(const GuidedStepArgs& args);

/// Enqueues the step on the stream of the current device; one launch, no allocation, can be
/// captured in a graph. The same input produces the same bits. Throws what check throws,
/// Error(internal) if the launch fails, and Error(unsupported) in a build without CUDA.
void guided_step(const GuidedStepArgs& args, Stream stream);

}  // namespace latentrt::kernels
