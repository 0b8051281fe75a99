#pragma once
/// The list of cases for attention: its tests check each of them, its benchmark times those of
/// networks.

#include <cstdint>
#include <latentrt/dtype.hpp>
#include <string>
#include <vector>

namespace latentrt::kernels {

/// The layout of tokens and heads in memory.
enum class AttentionLayout {
  tokens_first,  ///< [batch, tokens, heads, size]
  packed,        ///< a part of [batch, tokens, 3, heads, size]
  heads_first,   ///< [batch, heads, tokens, size]
  shared_keys,   ///< tokens first; all rows of the batch have the same keys and values
};

struct AttentionCase {
  std::string name;  ///< letters, digits and _
  DType dtype = DType::fp32;
  std::int64_t batch = 2, heads = 2, queries = 70, head_size = 64;
  std::vector<std::int64_t> keys{70};  ///< of each segment
  AttentionLayout layout = AttentionLayout::tokens_first;
  double spread = 1;  ///< standard deviation of the scores
  double mean = 0;    ///< of the values
  bool equal_keys = false;
  bool lse = true;
};

inline std::vector<AttentionCase> attention_cases() {
  constexpr DType fp32 = DType::fp32, fp16 = DType::fp16, bf16 = DType::bf16;
  using enum AttentionLayout;
  std::vector<AttentionCase> cases;
  for (const auto& [dtype, type] : {std::pair{fp32, "fp32"}, {fp16, "fp16"}, {bf16, "bf16"}}) {
    const auto add = [&](AttentionCase c) {
      c.name = std::string(type) + "_" + c.name;
      c.dtype = dtype;
      cases.push_back(c);
    };
    for (const std::int64_t size : {8, 40, 48, 64, 72, 80, 96, 128, 160, 192, 256}) {
      add({.name = "head" + std::to_string(size),
           .batch = 1,
           .queries = 37,
           .head_size = size,
           .keys = {77}});
    }
    add({.name = "one_query", .queries = 1, .head_size = 40, .keys = {200}});
    add({.name = "one_key", .head_size = 40, .keys = {1}});
    add({.name = "one_of_each", .batch = 1, .heads = 1, .queries = 1, .head_size = 8, .keys = {1}});
    add({.name = "whole_tiles", .queries = 128, .keys = {128}});
    add({.name = "ragged", .batch = 1, .queries = 257, .head_size = 40, .keys = {333}});
    add({.name = "ragged64", .batch = 1, .heads = 3, .queries = 129, .keys = {129}});
    add({.name = "ragged80", .batch = 1, .queries = 65, .head_size = 80, .keys = {300}});
    add({.name = "packed", .head_size = 40, .keys = {70}, .layout = packed});
    add({.name = "packed_long", .queries = 150, .keys = {150}, .layout = packed});
    add({.name = "heads_first", .keys = {140}, .layout = heads_first});
    add({.name = "shared_keys", .keys = {77}, .layout = shared_keys});
    add({.name = "shared_keys_long", .keys = {177}, .layout = shared_keys});
    add({.name = "text_of_80", .queries = 200, .keys = {80}});
    add({.name = "text_of_128", .queries = 200, .head_size = 80, .keys = {128}});
    add({.name = "segments", .keys = {64, 40, 1, 130}});
    add({.name = "segments_few", .queries = 130, .keys = {40, 7, 30}});
    add({.name = "segments_packed",
         .batch = 1,
         .head_size = 40,
         .keys = {128, 64, 5},
         .layout = packed});
    add({.name = "sixteen_segments",
         .batch = 1,
         .keys = {16, 3, 64, 1, 8, 8, 8, 30, 70, 2, 2, 2, 16, 16, 16, 9}});
    add({.name = "equal_scores", .keys = {150}, .equal_keys = true});
    add({.name = "equal_scores_few", .equal_keys = true});
    add({.name = "peaked", .keys = {200}, .spread = 30});
    add({.name = "huge_scores", .keys = {200}, .spread = 5e3});
    add({.name = "huge_scores_few", .keys = {100}, .spread = 5e3});
    add({.name = "large_mean", .keys = {200}, .mean = 20});
    add({.name = "without_lse", .keys = {90}, .lse = false});
  }
  return cases;
}

/// Sizes in networks, in half precision: batch 2 is the two halves of guidance.
inline std::vector<AttentionCase> attention_network_cases() {
  struct Shape {
    const char* network;
    std::int64_t heads, queries, size, keys;  ///< keys = 0: self-attention
  };
  std::vector<AttentionCase> cases;
  for (const Shape& s : {Shape{"sd15", 8, 4096, 40, 0},
                         {"sd15", 8, 1024, 80, 0},
                         {"sd15", 8, 4096, 80, 0},
                         {"sd15", 8, 256, 160, 0},
                         {"sd15", 8, 64, 160, 0},
                         {"sd15", 8, 4096, 40, 77},
                         {"sd15", 8, 1024, 80, 77},
                         {"sd15", 8, 256, 160, 77},
                         {"sd21", 5, 9216, 64, 0},
                         {"sd21", 10, 2304, 64, 0},
                         {"sdxl", 10, 4096, 64, 0},
                         {"sdxl", 20, 1024, 64, 0},
                         {"sdxl", 10, 4096, 64, 77},
                         {"sdxl", 20, 1024, 64, 77},
                         {"dit", 24, 4096, 128, 0}}) {
    const bool text = s.keys > 0;
    cases.push_back({.name = std::string(s.network) + "_" + std::to_string(s.heads) + "x" +
                             std::to_string(s.queries) + "x" + std::to_string(s.size) +
                             (text ? "_text" : ""),
                     .dtype = DType::bf16,
                     .heads = s.heads,
                     .queries = s.queries,
                     .head_size = s.size,
                     .keys = {text ? s.keys : s.queries},
                     .layout = text ? AttentionLayout::tokens_first : AttentionLayout::packed,
                     .lse = false});
  }
  AttentionCase patches = cases.front();
  patches.name += "_in_4_segments";
  patches.queries = 1024;
  patches.keys = {1024, 1024, 1024, 1024};
  cases.push_back(patches);
  AttentionCase fp16 = cases.front();
  fp16.name += "_fp16";
  fp16.dtype = DType::fp16;
  cases.push_back(fp16);
  AttentionCase fp32 = cases[1];
  fp32.name += "_fp32";
  fp32.dtype = DType::fp32;
  cases.push_back(fp32);
  return cases;
}

}  // namespace latentrt::kernels
