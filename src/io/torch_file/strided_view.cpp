#include "io/torch_file/strided_view.hpp"

#include <cstring>

namespace latentrt::io {
namespace {

/// A position in the tensor that advances in row-major order.
class Cursor {
 public:
  Cursor(const StridedView& view, std::uint64_t element) : view_(view), index_(view.shape.size()) {
    for (std::size_t d = index_.size(); d-- > 0;) {
      const auto extent = static_cast<std::uint64_t>(view.shape[d]);
      index_[d] = static_cast<std::int64_t>(element % extent);
      element /= extent;
      offset_ += index_[d] * view.strides[d];
    }
  }

  std::size_t byte() const noexcept {
    return static_cast<std::size_t>(offset_) * view_.element_bytes;
  }

  void advance() noexcept {
    for (std::size_t d = index_.size(); d-- > 0;) {
      offset_ += view_.strides[d];
      if (++index_[d] < view_.shape[d]) return;
      offset_ -= view_.shape[d] * view_.strides[d];
      index_[d] = 0;
    }
  }

 private:
  const StridedView& view_;
  std::vector<std::int64_t> index_;
  std::int64_t offset_ = 0;  // in elements
};

}  // namespace

std::uint64_t StridedView::elements() const noexcept {
  std::uint64_t count = 1;
  for (const std::int64_t extent : shape) count *= static_cast<std::uint64_t>(extent);
  return count;
}

void copy_elements(const StridedView& view, std::span<const std::byte> window, std::uint64_t first,
                   std::span<std::byte> dst) {
  Cursor cursor(view, first);
  for (; !dst.empty(); dst = dst.subspan(view.element_bytes)) {
    std::memcpy(dst.data(), window.data() + cursor.byte(), view.element_bytes);
    cursor.advance();
  }
}

}  // namespace latentrt::io
