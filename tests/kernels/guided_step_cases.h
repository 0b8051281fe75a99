#pragma once
/// The list of cases for guided_step: its test checks each of them, its benchmark times each of
/// them.

#include <cstdint>
#include <latentrt/dtype.hpp>
#include <string>
#include <vector>

namespace latentrt::kernels {

struct GuidedStepCase {
  std::string name;  ///< letters, digits and _
  std::int64_t rows = 2, row_size = 64;
  DType output_dtype = DType::fp32, next_input_dtype = DType::fp32;
  bool guided = true;
  double guidance_scale = 7.5, guidance_rescale = 0;
  double clip = 0;
  int history = 0;
  bool noise = false, pushes = false;
  int next_input_copies = 0;  ///< 0: no next input
  bool in_place = false;      ///< next is sample, and pushed is the oldest history entry
  int misalignment = 0;       ///< elements between an aligned address and the start of each buffer
  std::int64_t nan_at = -1;   ///< element of the conditional output that is NaN
};

inline std::vector<GuidedStepCase> guided_step_cases() {
  constexpr DType fp32 = DType::fp32, fp16 = DType::fp16, bf16 = DType::bf16;
  std::vector<GuidedStepCase> cases{
      {.name = "plain"},
      {.name = "unguided", .guided = false, .guidance_rescale = 0.7},
      {.name = "clipped", .clip = 1},
      {.name = "history_1", .history = 1, .pushes = true},
      {.name = "history_2", .history = 2, .pushes = true},
      {.name = "history_3", .history = 3, .pushes = true},
      {.name = "history_4", .history = 4, .pushes = true},
      {.name = "noise", .noise = true},
      {.name = "next_input", .next_input_copies = 2},
      {.name = "in_place", .history = 4, .pushes = true, .next_input_copies = 1, .in_place = true},
      {.name = "nan", .clip = 1, .nan_at = 70},
      {.name = "fp16_to_bf16",
       .output_dtype = fp16,
       .next_input_dtype = bf16,
       .next_input_copies = 2},
      {.name = "bf16_to_fp16",
       .output_dtype = bf16,
       .next_input_dtype = fp16,
       .next_input_copies = 2},
      {.name = "bf16_to_fp32", .output_dtype = bf16, .next_input_copies = 3},
      {.name = "fp32_to_bf16", .next_input_dtype = bf16, .next_input_copies = 1},
      {.name = "misaligned",
       .output_dtype = bf16,
       .history = 2,
       .next_input_copies = 1,
       .misalignment = 1},
      {.name = "rescaled", .guidance_rescale = 0.7},
      {.name = "rescaled_fully",
       .output_dtype = fp16,
       .guidance_rescale = 1,
       .clip = 2,
       .history = 2},
      {.name = "rescaled_nan", .guidance_rescale = 0.7, .nan_at = 70},
      {.name = "rescaled_odd", .rows = 3, .row_size = 4097, .guidance_rescale = 0.7},
      {.name = "one_element", .rows = 1, .row_size = 1},
      {.name = "odd", .rows = 5, .row_size = 1021, .history = 1, .next_input_copies = 2},
      {.name = "no_rows", .rows = 0},
      {.name = "many_rows", .rows = 65536, .row_size = 16, .output_dtype = bf16},
  };
  // Sizes of a sampler: four latent channels at 512 and 1024 pixels, one picture and eight, half
  // precision networks.
  for (const std::int64_t side : {64, 128}) {
    for (const std::int64_t rows : {1, 8}) {
      for (const double rescale : {0.0, 0.7}) {
        const std::string size = std::to_string(side * 8) + "px_x" + std::to_string(rows);
        cases.push_back({.name = "latents_" + size + (rescale > 0 ? "_rescaled" : ""),
                         .rows = rows,
                         .row_size = 4 * side * side,
                         .output_dtype = bf16,
                         .next_input_dtype = bf16,
                         .guidance_rescale = rescale,
                         .history = 1,
                         .pushes = true,
                         .next_input_copies = 2,
                         .in_place = true});
      }
    }
  }
  cases.push_back({.name = "latents_512px_x64_fp32",
                   .rows = 64,
                   .row_size = 4 * 64 * 64,
                   .output_dtype = fp32});
  return cases;
}

}  // namespace latentrt::kernels
