#pragma once
/// Little-endian fields of a record that was read from a file.

#include <bit>
#include <cstddef>
#include <cstdint>
#include <cstring>
#include <optional>
#include <span>
#include <string_view>

namespace latentrt::io {

static_assert(std::endian::native == std::endian::little, "torch files are read as they lie");

/// Takes fields one after the other. Once the bytes do not suffice, every field is empty, so that
/// one check of `complete()` after the last field is enough.
class ByteFields {
 public:
  explicit ByteFields(std::span<const std::byte> bytes) : rest_(bytes) {}

  template <class T>
  T take() {
    T value{};
    const std::span<const std::byte> bytes = take_bytes(sizeof(T));
    if (!bytes.empty()) std::memcpy(&value, bytes.data(), sizeof(T));
    return value;
  }

  std::span<const std::byte> take_bytes(std::size_t count) {
    if (count > rest_.size()) {
      complete_ = false;
      rest_ = {};
    }
    if (!complete_) return {};
    const auto bytes = rest_.first(count);
    rest_ = rest_.subspan(count);
    return bytes;
  }

  std::string_view take_text(std::size_t count) {
    const auto bytes = take_bytes(count);
    return {reinterpret_cast<const char*>(bytes.data()), bytes.size()};
  }

  bool complete() const noexcept { return complete_; }
  bool empty() const noexcept { return rest_.empty(); }

 private:
  std::span<const std::byte> rest_;
  bool complete_ = true;
};

}  // namespace latentrt::io
