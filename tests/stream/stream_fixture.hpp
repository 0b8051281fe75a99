#pragma once
/// A small stream and frames for it.

#include <gtest/gtest.h>

#include <cstdint>
#include <iterator>
#include <latentrt/sampler.hpp>
#include <latentrt/stream.hpp>
#include <utility>
#include <vector>

namespace latentrt {

constexpr int kSide = 32;

/// Makes a picture before it is used: LibTorch's kernels are then already initialised, and not by
/// one of two threads while a sanitizer, which cannot see their synchronisation, is watching.
inline const Pipeline& shapes() {
  static const Pipeline pipeline = [] {
    Pipeline made = Pipeline::synthetic(Context::create(), "shapes", 1);
    Sampler(made, {.steps = 1}).run({.width = kSide, .height = kSide});
    return made;
  }();
  return pipeline;
}

inline StreamOptions options(std::vector<int> t_index = {32, 45}) {
  return {.prompt = "a circle", .t_index = std::move(t_index), .width = kSide, .height = kSide};
}

/// Pictures that differ by index; the same index is the same picture.
inline Image frame(int number, int side = kSide) {
  Image image{side, side, {}};
  for (int i = 0; i < 3 * side * side; ++i)
    image.pixels.push_back(static_cast<std::uint8_t>((i * (number + 3) + 17 * number) % 251));
  return image;
}

inline void append(std::vector<StreamFrame>& all, std::vector<StreamFrame> more) {
  std::move(more.begin(), more.end(), std::back_inserter(all));
}

inline std::vector<StreamFrame> run(const StreamOptions& options, const std::vector<int>& numbers) {
  FrameStream stream(shapes(), options);
  std::vector<StreamFrame> all;
  for (const int number : numbers) append(all, stream.push(frame(number)));
  append(all, stream.drain());
  return all;
}

inline void expect_tickets_in_order(const std::vector<StreamFrame>& frames, std::size_t count) {
  ASSERT_EQ(frames.size(), count);
  for (std::size_t i = 0; i < count; ++i) EXPECT_EQ(frames[i].ticket, i);
}

}  // namespace latentrt
