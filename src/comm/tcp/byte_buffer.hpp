#pragma once
/// Memory for received bytes.

#include <algorithm>
#include <cstddef>
#include <cstdlib>
#include <memory>
#include <new>
#include <span>

namespace latentrt::comm {

/// Grows with the received bytes, not with the announced size: at most about twice as much is
/// allocated.
class ByteBuffer {
 public:
  std::span<const std::byte> bytes() const noexcept { return {data_.get(), size_}; }
  std::size_t capacity() const noexcept { return capacity_; }

  /// For data that is certain to arrive.
  void reserve(std::size_t total) {
    if (total > capacity_) reallocate(total);
  }
  /// Space after the present bytes, for some of the bytes that are still expected.
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
