#pragma once
/// Callers' pixels, checked and kept.

#include <cstdint>
#include <latentrt/pixels.hpp>
#include <string_view>
#include <vector>

namespace latentrt::pipeline {

/// Throws Error(invalid_argument) for a missing pointer, a size that is not positive, or a pitch that is less than a row;
/// fills in the pitch of rows without gaps.
PixelView checked(const PixelView& pixels);
PixelSpan checked(const PixelSpan& pixels);

/// A copy of a caller's pixels, without its gaps.
class OwnedPixels {
 public:
  explicit OwnedPixels(const PixelView& pixels);
  PixelView view() const { return {bytes_.data(), width_, height_, format_}; }
  std::string_view bytes() const {
    return {reinterpret_cast<const char*>(bytes_.data()), bytes_.size()};
  }

 private:
  int width_, height_;
  PixelFormat format_;
  std::vector<std::uint8_t> bytes_;
};

}  // namespace latentrt::pipeline
