#pragma once
/// The implementation of a Picture.

#include <ATen/core/Tensor.h>

#include <latentrt/picture.hpp>
#include <memory>
#include <vector>

#include "device/context_state.hpp"

namespace latentrt {

struct Picture::State {
  /// outlives the memory, which its allocator may have provided
  std::shared_ptr<const Context::State> context;
  at::Tensor planes;  ///< [3,H,W] fp32 about [-1,1]
};

namespace pipeline {

/// [B,3,H,W] about [-1,1] -> B pictures on the same device.
std::vector<Picture> to_pictures(const at::Tensor& pictures,
                                 const std::shared_ptr<const Context::State>& context);

}  // namespace pipeline
}  // namespace latentrt
