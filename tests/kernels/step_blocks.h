#pragma once
/// Runs guided_step's kernels with host threads instead of a GPU's.

#include <barrier>
#include <thread>
#include <utility>
#include <vector>

#include "kernels/guided_step/guided_step_block.h"
#include "kernels/guided_step/guided_step_dispatch.h"

namespace latentrt::kernels {

struct HostStepBlock {
  int lane_, lanes_, row_, part_, parts_;
  std::barrier<>* barrier_;
  int lane() const { return lane_; }
  int lanes() const { return lanes_; }
  int row() const { return row_; }
  int part() const { return part_; }
  int parts() const { return parts_; }
  void sync() const { barrier_->arrive_and_wait(); }
};

/// Calls body(block, shared) for every thread of `lanes` threads per block and `parts` blocks per
/// row, one block after the other.
template <class Body>
void play_blocks(std::int64_t rows, int lanes, int parts, bool reduces, const Body& body) {
  const int blocks = static_cast<int>(rows) * parts;
  std::vector<RowMoments<float>> shared(reduces ? static_cast<std::size_t>(blocks * lanes) : 0);
  std::barrier<> barrier(lanes);
  std::vector<std::jthread> threads;
  for (int lane = 0; lane < lanes; ++lane) {
    threads.emplace_back([&, lane] {
      for (int b = 0; b < blocks; ++b) {
        RowMoments<float>* own =
            shared.empty() ? nullptr : &shared[static_cast<std::size_t>(b * lanes)];
        body(HostStepBlock{lane, lanes, b / parts, b % parts, parts, &barrier}, own);
      }
    });
  }
}

inline void run_blocks(const GuidedStepArgs& args, int lanes, int parts) {
  const StepCoefficients<float> coefficients = converted<float>(args.coefficients);
  with_instance(args, [&](auto output, auto input, auto pack) {
    play_blocks(args.rows, lanes, parts, rescales(args, args.coefficients),
                [&](const HostStepBlock& block, RowMoments<float>* shared) {
                  step_block<decltype(output), decltype(input), pack.value>(block, shared, args,
                                                                            coefficients);
                });
  });
}

inline void run_table_blocks(const GuidedStepArgs& args, const StepTable<float>& table, int lanes,
                             int parts) {
  with_instance(with_ring(args, table.ring), [&](auto output, auto input, auto pack) {
    play_blocks(args.rows, lanes, parts, table.rescales && args.unconditional != nullptr,
                [&](const HostStepBlock& block, RowMoments<float>* shared) {
                  table_step_block<decltype(output), decltype(input), pack.value>(block, shared,
                                                                                  args, table);
                });
  });
}

}  // namespace latentrt::kernels
