#include <latentrt/picture.hpp>

#include "base/fail.hpp"
#include "device/on_device.hpp"
#include "device/order.hpp"
#include "pictures/host_data.hpp"
#include "pictures/picture_state.hpp"
#include "pictures/pixels.hpp"

namespace latentrt {
namespace {

template <class Work>
auto with_picture(const Picture::State* state, Work&& work) {
  if (state == nullptr) fail(Code::invalid_argument, "the picture is empty");
  return on_device(*state->context, "the picture",
                   [&] { return work(*state->context, state->planes); });
}

}  // namespace

int Picture::width() const noexcept {
  return state_ ? static_cast<int>(state_->planes.size(2)) : 0;
}

int Picture::height() const noexcept {
  return state_ ? static_cast<int>(state_->planes.size(1)) : 0;
}

void Picture::write(const PixelSpan& to, const Events& events) const {
  const PixelSpan target = pipeline::checked(to);
  with_picture(state_.get(), [&](const Context::State& context, const at::Tensor& planes) {
    if (target.width != width() || target.height != height()) {
      fail(Code::invalid_argument, "a picture of {} x {} pixels cannot be written to {} x {}",
           width(), height(), target.width, target.height);
    }
    pipeline::check_memory(context, pipeline::view_of(target));
    device::check_events(context, events);
    device::wait_for(context, events);
    pipeline::write_pixels(planes, target);
    device::signal(context, events);
  });
}

Image Picture::image() const {
  return with_picture(state_.get(), [](const Context::State&, const at::Tensor& planes) {
    return pipeline::to_images(planes.unsqueeze(0)).front();
  });
}

namespace pipeline {

std::vector<Picture> to_pictures(const at::Tensor& pictures,
                                 const std::shared_ptr<const Context::State>& context) {
  std::vector<Picture> made;
  for (const at::Tensor& planes : pictures.to(at::kFloat).contiguous().unbind())
    made.emplace_back(std::make_shared<const Picture::State>(Picture::State{context, planes}));
  return made;
}

}  // namespace pipeline
}  // namespace latentrt
