#pragma once
/// What a Picture stands for inside the library.

#include <ATen/core/Tensor.h>

#include <latentrt/picture.hpp>
#include <memory>
#include <vector>

#include "device/context_state.hpp"

namespace latentrt {

struct Picture::State {
  std::shared_ptr<const Context::State>
      context;        ///< outlives the memory that it may have handed out
  at::Tensor planes;  ///< [3,H,W] fp32 about [-1,1]
};

namespace pipeline {

/// [B,3,H,W] about [-1,1] -> B pictures where they are.
std::vector<Picture> to_pictures(const at::Tensor& pictures,
                                 const std::shared_ptr<const Context::State>& context);

}  // namespace pipeline
}  // namespace latentrt
