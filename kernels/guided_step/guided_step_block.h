#pragma once
/// The per-row maths of guided_step (guidance rescaling needs two standard deviations), and the
/// work of one block of threads: the kernel's body. It is written against a Block (lane() of
/// lanes() threads, row(), part() of parts(), sync()) so that a test can run it with the host's
/// threads.

#include <cmath>

#include "kernels/common/block_tree.h"
#include "kernels/common/moments.h"
#include "kernels/guided_step/guided_step_math.h"
#include "kernels/guided_step/guided_step_table.h"

namespace latentrt::kernels {

/// Series 0 is the conditional output, series 1 the guided one.
template <class Real>
using RowMoments = Moments<Real, 2>;

/// Of the packs lane, lane + lanes, lane + 2 lanes, ... of a row.
template <class Real, class Output, int kWidth>
LATENTRT_HOST_DEVICE RowMoments<Real> lane_moments(const GuidedStepArgs& args, Real scale,
                                                   std::int64_t row, int lane, int lanes) {
  RowMoments<Real> moments;
  for (std::int64_t i = std::int64_t{lane} * kWidth; i < args.row_size;
       i += std::int64_t{lanes} * kWidth) {
    const auto pack = guided<Real, Output, kWidth>(args, scale, row * args.row_size + i);
    Real series[2][kWidth];
    for (int k = 0; k < kWidth; ++k) {
      series[0][k] = pack.conditional.values[k];
      series[1][k] = pack.combined.values[k];
    }
    moments = merged(moments, moments_of(series));
  }
  return moments;
}

/// The factor by which rescaling multiplies a row's guided output (both deviations are over n - 1,
/// which cancels).
template <class Real>
LATENTRT_HOST_DEVICE Real row_factor(const RowMoments<Real>& row, Real rescale) {
  const Real ratio = std::sqrt(row.squared_deviations[0] / row.squared_deviations[1]);
  return rescale * ratio + (1 - rescale);
}

template <class Real>
LATENTRT_HOST_DEVICE bool rescales(const GuidedStepArgs& args, const StepCoefficients<Real>& c) {
  return args.unconditional != nullptr && c.guidance_rescale != 0;
}

/// The kernel's body: part() of parts() blocks that share row(). When rescaling, each of them reads
/// the whole row for its moments: that costs cache bandwidth, but avoids a second launch, a
/// workspace and a grid barrier. `shared` holds lanes() elements when rescaling and is unused
/// otherwise.
template <class Output, class Input, int kWidth, class Block>
LATENTRT_DEVICE void step_block(const Block& block, RowMoments<float>* shared,
                                const GuidedStepArgs& args, const StepCoefficients<float>& c) {
  const std::int64_t row = block.row(), lanes = block.lanes();
  float factor = 1;
  if (rescales(args, c)) {
    const auto own = lane_moments<float, Output, kWidth>(args, c.guidance_scale, row, block.lane(),
                                                         block.lanes());
    const auto merge = [](const RowMoments<float>& a, const RowMoments<float>& b) {
      return merged(a, b);
    };
    factor = row_factor(merged_over_lanes(block, shared, own, merge), c.guidance_rescale);
  }
  const std::int64_t first = (block.part() * lanes + block.lane()) * kWidth;
  for (std::int64_t i = first; i < args.row_size; i += block.parts() * lanes * kWidth) {
    step_pack<float, Output, Input, kWidth>(args, c, factor, row, i);
  }
}

/// The body of the kernel with a table.
template <class Output, class Input, int kWidth, class Block>
LATENTRT_DEVICE void table_step_block(const Block& block, RowMoments<float>* shared,
                                      const GuidedStepArgs& args, const StepTable<float>& table) {
  const StepEntry<float>* const found = table.entry(block.row());
  if (found == nullptr) return;
  const StepEntry<float> entry = *found;
  step_block<Output, Input, kWidth>(block, shared, at_entry(args, table.ring, entry),
                                    entry.coefficients);
}

}  // namespace latentrt::kernels
