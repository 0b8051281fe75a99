#pragma once
/// The list of cases for group_norm: its tests check each of them, its benchmark times each of
/// them.

#include <cstdint>
#include <latentrt/dtype.hpp>
#include <string>
#include <vector>

namespace latentrt::kernels {

struct GroupNormCase {
  std::string name;  ///< letters, digits and _
  std::int64_t rows = 2, pixels = 64, channels = 64, groups = 32;
  DType dtype = DType::fp32;
  bool silu = true, add = true;
  double mean = 0, deviation = 1;  ///< of x
  double eps = 1e-5;
  int misalignment = 0;   ///< elements between an aligned address and the start of each buffer
  bool in_place = false;  ///< y is x
};

inline std::vector<GroupNormCase> group_norm_cases() {
  constexpr DType fp32 = DType::fp32, fp16 = DType::fp16, bf16 = DType::bf16;
  std::vector<GroupNormCase> cases{
      {.name = "one_number", .rows = 1, .pixels = 1, .channels = 1, .groups = 1, .add = false},
      {.name = "one_pixel", .pixels = 1, .channels = 320},
      {.name = "one_channel_a_group", .pixels = 9, .channels = 32},
      {.name = "all_channels_a_group", .pixels = 900, .channels = 24, .groups = 1},
      {.name = "many_channels_a_group", .rows = 1, .pixels = 17, .channels = 6000, .groups = 4},
      {.name = "odd", .rows = 3, .pixels = 257, .channels = 21, .groups = 3},
      {.name = "odd_group_of_packs", .rows = 2, .pixels = 50, .channels = 264, .groups = 8},
      {.name = "odd_many", .rows = 1, .pixels = 31, .channels = 2104, .groups = 8},
      {.name = "many_rows", .rows = 300, .pixels = 3, .channels = 16, .groups = 4},
      {.name = "plain", .silu = false, .add = false},
      {.name = "only_silu", .add = false},
      {.name = "only_add", .silu = false},
      {.name = "misaligned", .channels = 96, .groups = 8, .misalignment = 1},
      {.name = "in_place", .pixels = 1000, .channels = 40, .groups = 4, .in_place = true},
      {.name = "large_mean",
       .pixels = 900,
       .channels = 24,
       .groups = 4,
       .add = false,
       .mean = 1e3,
       .deviation = 1e-2},
      {.name = "large_mean_add", .pixels = 4000, .channels = 40, .groups = 4, .mean = -1e3},
      {.name = "no_spread", .pixels = 100, .mean = 3, .deviation = 0},
      {.name = "tiny_spread", .pixels = 100, .add = false, .deviation = 1e-4},
  };
  // In every type: groups with and without boundaries inside packs.
  for (const auto& [type, name] : {std::pair{fp32, "fp32"}, {bf16, "bf16"}, {fp16, "fp16"}}) {
    for (const std::int64_t channels : {64, 128, 320, 960}) {
      cases.push_back({.name = std::string(name) + "_" + std::to_string(channels),
                       .pixels = 70,
                       .channels = channels,
                       .dtype = type});
    }
    cases.push_back({.name = std::string(name) + "_misaligned",
                     .pixels = 70,
                     .dtype = type,
                     .misalignment = 1});
  }
  cases.push_back(
      {.name = "fp16_near_its_largest", .pixels = 500, .dtype = fp16, .deviation = 1e4});
  cases.push_back({.name = "fp16_large_mean",
                   .pixels = 500,
                   .dtype = fp16,
                   .add = false,
                   .mean = 1e3,
                   .deviation = 2});
  cases.push_back({.name = "bf16_large_mean",
                   .pixels = 500,
                   .dtype = bf16,
                   .add = false,
                   .mean = 1e3,
                   .deviation = 20});
  return cases;
}

/// Sizes in networks, in half precision.
inline std::vector<GroupNormCase> group_norm_network_cases() {
  struct Shape {
    const char* network;
    std::int64_t rows, channels, side;
  };
  std::vector<GroupNormCase> cases;
  for (const Shape& s : {Shape{"sd15", 2, 320, 64},
                         {"sd15", 2, 960, 64},
                         {"sd15", 2, 640, 32},
                         {"sd15", 2, 1920, 32},
                         {"sd15", 2, 1280, 16},
                         {"sd15", 2, 2560, 16},
                         {"sd15", 2, 1280, 8},
                         {"sd15", 2, 2560, 8},
                         {"sd15", 1, 320, 64},
                         {"sdxl", 2, 320, 128},
                         {"sdxl", 2, 640, 64},
                         {"sdxl", 2, 1280, 32},
                         {"vae", 1, 512, 64},
                         {"vae", 1, 512, 128},
                         {"vae", 1, 256, 256},
                         {"vae", 1, 256, 512},
                         {"vae", 1, 128, 512}}) {
    cases.push_back({.name = std::string(s.network) + "_" + std::to_string(s.rows) + "x" +
                             std::to_string(s.channels) + "x" + std::to_string(s.side),
                     .rows = s.rows,
                     .pixels = s.side * s.side,
                     .channels = s.channels,
                     .dtype = DType::bf16,
                     .add = s.network[0] == 's'});
  }
  cases.push_back(
      {.name = "sd15_2x320x64_fp16", .pixels = 4096, .channels = 320, .dtype = DType::fp16});
  cases.push_back({.name = "sd15_2x320x64_fp32", .pixels = 4096, .channels = 320});
  return cases;
}

}  // namespace latentrt::kernels
