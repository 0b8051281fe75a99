#pragma once
/// Memory for bytes that arrive.

#include <algorithm>
#include <cstddef>
#include <cstdlib>
#include <memory>
#include <new>
#include <span>

namespace latentrt::comm {

/// Grows with what has been received, not with what was announced: at most about twice as much is held.
class ByteBuffer {
 public:
  std::span<const std::byte> bytes() const noexcept { return {data_.get(), size_}; }
  std::size_t capacity() const noexcept { return capacity_; }

  /// All of it is certain to come.
  void reserve(std::size_t total) {
    if (total > capacity_) reallocate(total);
  }
  /// Room after what is there, for some of the bytes that are still to come.
  std::span<std::byte> room(std::size_t total) {
    if (size_ == capacity_ && size_ < total)
      reallocate(std::min(total, std::max(kLeast, 2 * size_)));
    return {data_.get() + size_, capacity_ - size_};
  }
  void took(std::size_t bytes) noexcept { size_ += bytes; }

 private:
  static constexpr std::size_t kLeast = 64 << 10;
  struct Free {
    void operator()(std::byte* data) const { std::free(data); }
  };

  void reallocate(std::size_t capacity) {
    void* const data = std::realloc(data_.get(), capacity);
    if (data == nullptr) throw std::bad_alloc();
    (void)data_.release();
    data_.reset(static_cast<std::byte*>(data));
    capacity_ = capacity;
  }

  std::unique_ptr<std::byte, Free> data_;
  std::size_t size_ = 0, capacity_ = 0;
};

}  // namespace latentrt::comm
